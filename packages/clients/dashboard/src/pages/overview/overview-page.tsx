import type { Client, FleetStatistics } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { toReasonOption } from '../../api/command';
import { isOperator } from '../../api/session';
import { type Data, useGet } from '../../api/use-data';
import { now } from '../../browser/clock';
import { query } from '../../browser/navigation';
import { ActionButton } from '../../components/action-button';
import { FirstTask } from '../../components/first-step';
import { assign } from '../../components/input';
import { Empty, ErrorNotice, Loaded, Panel, Skeleton } from '../../components/notice';
import { type Running, RunningScans } from '../../components/rules';
import { RANGES, RangeLinks, readRange, useHistory, useReload, useStatistics } from '../../fleet/use-statistics';
import { locale } from '../../language/language';
import { useProgressOf, withProgress } from '../../live/progress-of';
import { useMoving } from '../../live/use-moves';
import { Badge } from '../../states/state-badge';
import { Figures } from './figures';
import { EventList, History } from './history';
import { NeedsYou, RunningTasks } from './needs-you';
import { t } from './texts';
import './overview.css';

const OPEN = ['RUNNING', 'PAUSED', 'QUEUED', 'CREATED'] as const;
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
      <div class="title overview-head">
        <h1>{t('title')}</h1>
        <span class="space" />
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

/** What a wall needs besides the figures: the time, and whether they can be trusted. */
function WallHead({ statistics }: { statistics: Data<FleetStatistics> }) {
  const { value, error } = statistics;
  return (
    <div class="wall-head">
      <Part name={t('part_api')} works={value === undefined && !error ? undefined : !error} />
      <Part name="RabbitMQ" works={error || !value ? undefined : value.queues !== null} />
      <time dateTime={new Date(now.value).toISOString()}>{formatClock(now.value)}</time>
    </div>
  );
}

/** `works`: undefined if it is not known. */
function Part({ name, works }: { name: string; works: boolean | undefined }) {
  if (works === undefined) return <Badge tone="off" glyph="?" name={name} />;
  return works ? <Badge tone="good" glyph="✓" name={name} /> : <Badge tone="bad" glyph="✕" name={name} />;
}

const formatClock = (at: number) => new Date(at).toLocaleTimeString(locale.value, { timeStyle: 'medium' });

const toFreezeAll = (running: Running) => ({
  send: (by: Client, reason: string) => by.POST('/api/freezes', { body: { covers: { all: true }, running, reason } }),
  toCli: (reason: string) => `cyberstroll freeze create --all --running ${running}${toReasonOption(reason)}`,
});

function FreezeAll() {
  const running = useSignal<Running>('end');
  return (
    <ActionButton label={t('freeze_all')} command={toFreezeAll(running.value)} isDangerous needsReason>
      <p>{t('freeze_all_does')}</p>
      <RunningScans value={running.value} onChosen={(value) => assign(running, value)} />
    </ActionButton>
  );
}
