import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { query } from '../../browser/navigation';
import { FirstTask } from '../../components/first-task';
import { Empty, ErrorNotice, Loaded, Skeleton } from '../../components/notice';
import { Panel } from '../../components/panel';
import { RangeLinks } from '../../fleet/range-links';
import { RANGES, readRange, useHistory, useReload, useStatistics } from '../../fleet/use-statistics';
import { useProgressOf } from '../../live/progress-of';
import { useMoving } from '../../live/use-moves';
import { withProgress } from '../../live/with-progress';
import { EventList } from './event-marks';
import { Figures } from './figures';
import { FreezeAll } from './freeze-all';
import { History } from './history';
import { NeedsYou } from './needs-you';
import { RunningTasks } from './running-tasks';
import { t } from './texts';
import { WallHead } from './wall-head';
import './overview.css';

const OPEN = ['RUNNING', 'PAUSED', 'QUEUED', 'CREATED'] as const;
/** Tasks and alerts that are read; a screen shows fewer. */
const LIMIT = 100;
/** Milliseconds between two reads. What the figures say is new is read at once. */
const READ_EVERY = 15_000;
const EVENTS_EVERY = 60_000;

export const title = () => t('title');

/** What the whole system does now, and what needs the operator. `?tv=1`: for a screen on the wall. */
export default function OverviewPage() {
  const isWall = query.value.get('tv') === '1';
  const statistics = useStatistics();
  const history = useHistory();
  const tasks = useGet('/api/tasks', { query: { status: [...OPEN], limit: LIMIT } }, READ_EVERY);
  const alerts = useGet('/api/alerts', { query: { state: 'firing', silenced: 'false', limit: LIMIT } }, READ_EVERY);
  const events = useGet(
    '/api/statistics/events',
    { query: { minutes: Math.max(RANGES['24h'], RANGES[readRange(query.value)]) } },
    EVENTS_EVERY,
  );
  useReload(tasks, statistics.value?.tasks);
  useReload(events, statistics.value?.tasks);
  useReload(alerts, statistics.value?.alerts_active);
  const needs = [alerts, tasks, statistics];
  const read = tasks.value?.items ?? [];
  const known = withProgress(read, useProgressOf(read.map(({ task_id }) => task_id)));
  const moving = useMoving(known);
  const isCritical = alerts.value?.items.some(({ severity }) => severity === 'critical');
  // Of those that ended long ago, too.
  const all = Object.values(statistics.value?.tasks ?? {});
  const isFirst = all.length > 0 && all.every((count) => count === 0);
  return (
    <div class={`overview ${isWall ? 'overview-wall' : ''} ${isCritical ? 'is-critical' : ''}`}>
      <div class="overview-head">
        <h1>{t('title')}</h1>
        {isWall && <WallHead statistics={statistics} />}
        {!isWall && <a href="/?tv=1">{t('wall')}</a>}
        {!isWall && isOperator.value && <FreezeAll />}
      </div>
      <Loaded data={statistics}>{(read) => <Figures statistics={read} />}</Loaded>
      <div class="overview-parts">
        <section class="overview-needs" aria-labelledby="needs-you">
          <h2 id="needs-you">{t('needs_you')}</h2>
          {alerts.error && <ErrorNotice error={alerts.error} onRetry={alerts.reload} />}
          {needs.some(({ value, error }) => value === undefined && !error) ? (
            <Skeleton />
          ) : (
            <Panel
              of={needs.map(({ oldSince }) => oldSince)}
              isUncertain={needs.some(({ error }) => error !== undefined)}
            >
              <NeedsYou
                alerts={alerts.value?.items ?? []}
                deadLetters={statistics.value?.dead_letters_waiting ?? 0}
                tasks={known}
                moving={moving}
                isAll={[alerts, tasks].every(({ value }) => value?.next_cursor === undefined)}
                most={isWall ? 5 : 12}
              />
            </Panel>
          )}
        </section>
        <section class="overview-tasks" aria-labelledby="running-tasks">
          <h2 id="running-tasks">{t('running_tasks')}</h2>
          <Loaded data={tasks}>
            {() =>
              isFirst ? (
                <FirstTask />
              ) : (
                <RunningTasks
                  tasks={known}
                  moving={moving}
                  isAll={tasks.value?.next_cursor === undefined}
                  most={isWall ? 6 : 20}
                  isWall={isWall}
                />
              )
            }
          </Loaded>
        </section>
        <section class="overview-history" aria-labelledby="history">
          <h2 id="history">{t('history')}</h2>
          {!isWall && <RangeLinks />}
          <Loaded data={history}>{(read) => <History history={read} events={events.value?.items ?? []} />}</Loaded>
        </section>
        <section class="overview-events" aria-labelledby="events">
          <h2 id="events">{t('events')}</h2>
          <Loaded data={events}>
            {({ items }) =>
              items.length === 0 ? <Empty isSmall>{t('no_events')}</Empty> : <EventList events={items} />
            }
          </Loaded>
        </section>
      </div>
    </div>
  );
}
