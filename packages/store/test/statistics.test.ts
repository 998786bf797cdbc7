import { fleetStatisticsSchema, type Heartbeat, taskStatisticsSchema } from '@cyberstroll/contracts';
import { claimOf, failure, queuedTask, report, type StoreFixture, setUpStore } from './store-fixture';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setUpStore();
});
afterAll(() => fixture.cleanup());

const NOW = new Date();
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

function beat(node_id: string, rest: Partial<Heartbeat>, seenSecondsAgo: number) {
  const heartbeat: Heartbeat = {
    node_id,
    timestamp: 0,
    status: 'online',
    current_tasks: [],
    system_info: { cpu_usage: 0, memory_usage: 0, active_threads: 0 },
    instance_id: `${node_id}-a`,
    capacity: 4,
    pools: ['default'],
    ...rest,
  };
  return fixture.store.nodes.recordHeartbeat(heartbeat, secondsAgo(seenSecondsAgo));
}

const holds = (count: number): Heartbeat['current_tasks'] =>
  Array.from({ length: count }, (_, i) => ({ subtask_id: `${'0'.repeat(24)}-${i}`, status: 'SCANNING', progress: 0 }));

it('adds up the figures of all tasks and nodes, and agrees with those of each task', async () => {
  const { store } = fixture;
  const open = await queuedTask(store, '127.0.0.0/30', { max_retries: 0, timeout: 3_600 });
  const cancelled = await queuedTask(store, '127.0.1.0/30', { pool: 'nobodys' });
  const times = { started_time: '2026-01-01T00:00:00Z', completed_time: '2026-01-01T00:00:02Z' };
  await store.taskStates.batchUpdateSubTasks([
    report(claimOf(open, 0), 'COMPLETED', {
      ...times,
      scan_result: { open_ports: [22], services: [], response_time: 1 },
    }),
    report(claimOf(open, 1), 'FAILED', failure('SCANNER_CRASHED')),
    report(claimOf(open, 2), 'SCANNING'),
    report(claimOf(cancelled, 0), 'COMPLETED', {
      ...times,
      completed_time: '2026-01-01T00:00:04Z',
      scan_result: { open_ports: [22, 80], services: [], response_time: 1 },
    }),
  ]);
  for (const id of [open, cancelled]) await store.taskStates.calculateTaskProgress(id);
  await store.taskStates.updateTaskStatus(cancelled, 'CANCELLED', 'test');
  await beat('busy', { status: 'busy', current_tasks: holds(6) }, 1);
  await beat('elsewhere', { pools: ['other'], capacity: 12 }, 1);
  await beat('missed', {}, 60);
  await beat('gone', { status: 'offline' }, 60);
  await beat('forgotten', {}, 3 * 86_400);

  const fleet = await store.statistics.getFleetStatistics(NOW);
  expect(() => fleetStatisticsSchema.parse(fleet)).not.toThrow();
  expect(fleet).toMatchObject({
    tasks: { RUNNING: 1, CANCELLED: 1, COMPLETED: 0 },
    counted_tasks: 2,
    is_complete: true,
    completion_rate: 2 / 8,
    failure_rate: 1 / 8,
    average_execution_time: 3,
    open_ports_total: 3,
    error_codes: { SCANNER_CRASHED: 1 },
    nodes: { busy: 1, online: 1, silent: 1, offline: 2, draining: 0 },
    // A node of four slots that lists six has four taken.
    active_tasks: 4,
    max_capacity: 16,
    node_utilisation: 0.25,
    dead_letters_waiting: 0,
  });
  // Not what a task alone names.
  expect(fleet.pools).toEqual({ default: 4, other: 12 });
  // Of the ended task's four, three were never touched.
  expect(fleet.progress).toMatchObject({ total_targets: 8, pending_count: 1, scanning_count: 1, cancelled_count: 3 });
  expect(fleet.time_used).toBeGreaterThanOrEqual(0);
  expect(fleet.time_used).toBeLessThan(0.1);

  const [one, other] = await Promise.all([open, cancelled].map((id) => store.taskStates.getTaskStatistics(id)));
  expect(() => taskStatisticsSchema.strict().parse(one)).not.toThrow();
  expect(one).toMatchObject({ active_tasks: 1, max_capacity: 4, node_utilisation: 0.25 });
  for (const bucket of ['total_targets', 'completed_count', 'pending_count', 'cancelled_count'] as const) {
    expect(fleet.progress[bucket]).toBe(one!.progress[bucket] + other!.progress[bucket]);
  }
});

it('leaves out what ended long ago, and has no rate of nothing', async () => {
  const later = new Date(NOW.getTime() + 2 * 86_400_000);
  const fleet = await fixture.store.statistics.getFleetStatistics(later);
  // The open one, and one that ended but was not seen to its last subtask.
  expect(fleet).toMatchObject({ tasks: { RUNNING: 1, CANCELLED: 1 }, counted_tasks: 2 });
  await fixture.store.tasks.settleTask((await fixture.store.tasks.findUnsettled(1, { only: 'ended' }))[0]!.task_id);
  expect(await fixture.store.statistics.getFleetStatistics(later)).toMatchObject({
    counted_tasks: 1,
    node_utilisation: null,
    max_capacity: 0,
    nodes: { silent: 0, offline: 5 },
  });
});
