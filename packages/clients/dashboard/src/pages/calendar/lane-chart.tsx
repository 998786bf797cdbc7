import { toCoversText } from '../../components/rules';
import { toWindowText } from '../../components/scan-windows';
import { formatDuration } from '../../components/time';
import { locale } from '../../language/language';
import { t } from './texts';
import type { Exclusion, Lane } from './to-lanes';
import type { Week } from './week';

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
                <div class={`lane-track lane-${lane.kind}`}>
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
                    <i key={at} class={`lane-mark lane-${outcome ?? 'planned'}`} style={{ left: toPlace(at) }} />
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

/** What a row of the calendar is about. */
export function toLaneName(lane: Lane): string {
  if (lane.kind === 'schedule') return lane.schedule.name;
  if (lane.kind === 'limit') return `${t('limit')}: ${toCoversText(lane.limit.covers)}`;
  if (lane.kind === 'exclusion') return `${t('exclusion')}: ${toExcludedText(lane.exclusion)}`;
  if (lane.kind !== 'window') return `${t(lane.kind)}: ${toCoversText(lane.freeze.covers)}`;
  const names = lane.tasks.slice(0, SHOWN_TASKS).map(({ name, task_target }) => name ?? task_target.slice(0, 60));
  const more = lane.tasks.length - names.length;
  return names.join(', ') + (more > 0 ? ` ${t('and_more', { count: more })}` : '');
}

const toExcludedText = ({ target, ports }: Exclusion) => (ports === undefined ? target : `${target} :${ports}`);

/** Why, or when. */
export function toLaneRemark(lane: Lane): string {
  if (lane.kind === 'window') return lane.windows.map(toWindowText).join('; ');
  if (lane.kind === 'limit') return (lane.limit.windows ?? []).map(toWindowText).join('; ');
  if (lane.kind === 'exclusion')
    return (lane.exclusion.hours ?? []).map(toWindowText).join('; ') || lane.exclusion.reason;
  if (lane.kind !== 'schedule') return lane.freeze.reason;
  const { cron, every = 0, time_zone } = lane.schedule;
  return cron === undefined ? t('every', { time: formatDuration(every) }) : `${cron} ${time_zone}`;
}

/** The page that has more about it. */
export function toLanePath(lane: Lane): string {
  if (lane.kind === 'schedule') return `/plan/schedules/${lane.schedule.schedule_id}`;
  if (lane.kind === 'limit') return `/plan/limits?limit_id=${lane.limit.limit_id}`;
  if (lane.kind === 'exclusion') return `/plan/exclusions/${lane.exclusion.exclusion_id}`;
  if (lane.kind !== 'window') return '/plan/freezes';
  return lane.tasks.length === 1 ? `/tasks/${lane.tasks[0]?.task_id}?settings=open` : '/tasks';
}

/** `22:00` in a time zone. */
export const formatClock = (at: number, timeZone: string): string =>
  new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone });

/** `Mon 30 Nov` */
export const formatDay = (at: number, timeZone: string): string =>
  new Date(at).toLocaleDateString(locale.value, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone,
  });
