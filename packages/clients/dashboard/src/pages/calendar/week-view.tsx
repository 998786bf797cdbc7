import { NameLink } from '../../components/name-link';
import { Empty } from '../../components/notice';
import { toCoversText } from '../../components/rules';
import { toWindowText } from '../../components/scan-windows';
import { formatDuration } from '../../components/time';
import { stateName } from '../../language/define-texts';
import { locale } from '../../language/language';
import { t } from './texts';
import { type DayEntry, type Exclusion, type Lane, type LaneRun, toDayEntries } from './to-lanes';
import type { Day, Week } from './week';

export interface WeekProps {
  lanes: readonly Lane[];
  week: Week;
  zone: string;
  now: number;
}

const GROUPS = {
  holds: ['freeze', 'blackout'],
  windows: ['window'],
  hours: ['limit', 'exclusion'],
  planned: ['schedule'],
} as const;

const TONES = {
  freeze: 'bad',
  blackout: 'late',
  window: 'good',
  limit: 'waiting',
  exclusion: 'waiting',
  schedule: 'working',
} as const;
const RUN_TONES = {
  waiting: 'working',
  created: 'good',
  failed: 'bad',
  missed: 'late',
  skipped_overlap: 'late',
} as const;

/** The week as rows of bars and marks. The list of days says the same in words, and has the links. */
export function LaneChart({ lanes, week, zone, now }: WeekProps) {
  const toPlace = (at: number) => `${(100 * (at - week.from)) / (week.until - week.from)}%`;
  const isNow = now >= week.from && now < week.until;
  return (
    <div class="lanes" aria-hidden="true">
      <div class="lane">
        <span />
        <div class="lane-track lane-days">
          {week.days.map(({ date, from, until }) => (
            <span key={date} class={now >= from && now < until ? 'lane-today' : ''} style={{ left: toPlace(from) }}>
              {formatDay(from, zone)}
            </span>
          ))}
        </div>
      </div>
      {Object.entries(GROUPS).map(([group, kinds]) => {
        const shown = lanes.filter(({ kind }) => (kinds as readonly string[]).includes(kind));
        if (shown.length === 0) return null;
        return (
          <div key={group}>
            <div class="lane-group">{t(group as keyof typeof GROUPS)}</div>
            {shown.map((lane) => (
              <div key={lane.key} class="lane">
                <span class="lane-name" title={`${toLaneName(lane)} ${toLaneRemark(lane)}`}>
                  {toLaneName(lane)} <span class="weak">{toLaneRemark(lane)}</span>
                </span>
                <div class={`lane-track tone-${TONES[lane.kind]}`}>
                  {week.days.slice(1).map(({ date, from }) => (
                    <i key={date} class="lane-line" style={{ left: toPlace(from) }} />
                  ))}
                  {lane.spans.map(({ from, until }) => (
                    <i
                      key={from}
                      class="lane-bar"
                      style={{ left: toPlace(from), width: toPlace(week.from + until - from) }}
                    />
                  ))}
                  {lane.runs.map(({ at, outcome }) => (
                    <i
                      key={at}
                      class={`lane-mark tone-${RUN_TONES[outcome ?? 'waiting']}`}
                      style={{ left: toPlace(at) }}
                    />
                  ))}
                  {isNow && <i class="lane-now" style={{ left: toPlace(now) }} />}
                </div>
              </div>
            ))}
          </div>
        );
      })}
    </div>
  );
}

const SHOWN_TASKS = 2;

function toLaneName(lane: Lane): string {
  if (lane.kind === 'schedule') return lane.schedule.name;
  if (lane.kind === 'limit') return `${t('limit')}: ${toCoversText(lane.limit.covers)}`;
  if (lane.kind === 'exclusion') return `${t('exclusion')}: ${toExcludedText(lane.exclusion)}`;
  if (lane.kind !== 'window') return `${t(lane.kind)}: ${toCoversText(lane.freeze.covers)}`;
  const names = lane.tasks.slice(0, SHOWN_TASKS).map(({ name, task_target }) => name ?? task_target.slice(0, 60));
  const more = lane.tasks.length - names.length;
  return names.join(', ') + (more > 0 ? ` ${t('and_more', { count: more })}` : '');
}

const toExcludedText = ({ target, ports }: Exclusion) => (ports === undefined ? target : `${target} :${ports}`);

function toLaneRemark(lane: Lane): string {
  if (lane.kind === 'window') return lane.windows.map(toWindowText).join('; ');
  if (lane.kind === 'limit') return (lane.limit.windows ?? []).map(toWindowText).join('; ');
  if (lane.kind === 'exclusion')
    return (lane.exclusion.hours ?? []).map(toWindowText).join('; ') || lane.exclusion.reason;
  if (lane.kind !== 'schedule') return lane.freeze.reason;
  const { cron, every = 0, time_zone } = lane.schedule;
  return cron === undefined ? t('every', { time: formatDuration(every) }) : `${cron} ${time_zone}`;
}

function toLanePath(lane: Lane): string {
  if (lane.kind === 'schedule') return `/plan/schedules/${lane.schedule.schedule_id}`;
  if (lane.kind === 'limit') return `/plan/limits?limit_id=${lane.limit.limit_id}`;
  if (lane.kind === 'exclusion') return `/plan/exclusions/${lane.exclusion.exclusion_id}`;
  if (lane.kind !== 'window') return '/plan/freezes';
  return lane.tasks.length === 1 ? `/tasks/${lane.tasks[0]?.task_id}?settings=open` : '/tasks';
}

/** `22:00` in a time zone. */
const formatClock = (at: number, timeZone: string): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });

/** `Mon 30 Nov` */
const formatDay = (at: number, timeZone: string): string =>
  new Date(at).toLocaleDateString(locale.value, { weekday: 'short', day: 'numeric', month: 'short', timeZone });

/** The week in words: each day with what it has, in the order of its time. */
export const DayList = ({ lanes, week, zone, now }: WeekProps) => (
  <ol class="days">
    {week.days.map((day) => {
      const entries = toDayEntries(lanes, day);
      const isToday = now >= day.from && now < day.until;
      return (
        <li key={day.date} class={isToday ? 'day-today' : ''} aria-current={isToday ? 'date' : undefined}>
          <h3>
            {formatDay(day.from, zone)} {isToday && <span class="weak">{t('today')}</span>}
          </h3>
          {entries.length === 0 ? (
            <Empty isSmall>{t('nothing')}</Empty>
          ) : (
            <ul>
              {entries.map((entry) => (
                <li key={`${entry.lane.key} ${entry.from}`} class={`tone-${TONES[entry.lane.kind]}`}>
                  <span class="day-time">{toTimes(entry, day, zone)}</span> <EntryText entry={entry} />
                </li>
              ))}
            </ul>
          )}
        </li>
      );
    })}
  </ol>
);

function toTimes({ from, until, runs }: DayEntry, day: Day, zone: string): string {
  if (runs.length === 1) return formatClock(from, zone);
  return `${formatClock(from, zone)}–${until === day.until ? '24:00' : formatClock(until, zone)}`;
}

function EntryText({ entry: { lane, runs } }: { entry: DayEntry }) {
  // The time of a window, or of a run, stands beside it already.
  const reason = lane.kind === 'freeze' || lane.kind === 'blackout' ? toLaneRemark(lane) : '';
  return (
    <>
      <span class="visually-hidden">{lane.kind === 'window' || lane.kind === 'schedule' ? t(lane.kind) : ''} </span>
      <NameLink href={toLanePath(lane)} name={toLaneName(lane)} />
      {runs.length > 1 && ` ${t('runs', { count: runs.length })}`}
      {runs.length === 1 && <RunOutcome run={runs[0] as LaneRun} />}
      {reason !== '' && <bdi class="weak"> {reason}</bdi>}
    </>
  );
}

/** What became of one that is over. */
function RunOutcome({ run: { outcome, task_id } }: { run: LaneRun }) {
  if (outcome === undefined) return null;
  const name = stateName(outcome);
  return <> {task_id === undefined ? <span class="weak">{name}</span> : <a href={`/tasks/${task_id}`}>{name}</a>}</>;
}
