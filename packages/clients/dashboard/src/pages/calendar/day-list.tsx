import { NameLink } from '../../components/name-link';
import { Empty } from '../../components/notice';
import { stateName } from '../../language/define-texts';
import { formatClock, formatDay, toLaneName, toLanePath, toLaneRemark, type WeekProps } from './lane-chart';
import { t } from './texts';
import { type DayEntry, type LaneRun, toDayEntries } from './to-lanes';
import type { Day } from './week';

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
                <li key={`${entry.lane.key} ${entry.from}`} class={`day-${entry.lane.kind}`}>
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
