import {
  type DeadLetterRecord,
  fleetStatisticsSchema,
  type Heartbeat,
  taskStatisticsSchema,
  toBuckets,
} from '@cyberstroll/contracts';
import { toHeartbeat } from '@cyberstroll/testkit';
import { createStatistics } from '../src/counters/fleet-statistics';
import { claimOf, failure, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await setup();
  NOW = new Date();
});
afterAll(() => fixture.cleanup());

/** Soon after it the first task is made, whose scans it dates. */
let NOW: Date;
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

function beat(node_id: string, rest: Partial<Heartbeat>, seenSecondsAgo: number) {
  const heartbeat = toHeartbeat({ node_id, capacity: 4, ...rest });
  return fixture.store.nodes.recordHeartbeat(heartbeat, secondsAgo(seenSecondsAgo));
}

const holds = (count: number): Heartbeat['current_tasks'] =>
  Array.from({ length: count }, (_, i) => ({ subtask_id: `${'0'.repeat(24)}-${i}`, status: 'SCANNING', progress: 0 }));

it('adds up the figures of all tasks and nodes, and agrees with those of each task', async () => {
  const { store } = fixture;
  const open = await queuedTask(store, '127.0.0.0/30', { max_retries: 0, timeout: 3_600 });
  const cancelled = await queuedTask(store, '127.0.1.0/30', { pool: 'nobodys' });
  const times = { started_time: secondsAgo(9).toISOString(), completed_time: secondsAgo(7).toISOString() };
  await store.subTasks.batchUpdateSubTasks([
    report(claimOf(open, 0), 'COMPLETED', {
      ...times,
      scan_result: { open_ports: [22], services: [], response_time: 1 },
    }),
    report(claimOf(open, 1), 'FAILED', failure('SCANNER_CRASHED')),
    report(claimOf(open, 2), 'SCANNING'),
    report(claimOf(cancelled, 0), 'COMPLETED', {
      ...times,
      completed_time: secondsAgo(5).toISOString(),
      scan_result: { open_ports: [22, 80], services: [], response_time: 1 },
    }),
  ]);
  for (const id of [open, cancelled]) await store.tasks.calculateTaskProgress(id);
  await store.tasks.updateTaskStatus(cancelled, 'CANCELLED', 'test');
  await beat('busy', { status: 'busy', current_tasks: holds(6) }, 1);
  await beat('elsewhere', { pools: ['other'], capacity: 12 }, 1);
  await beat('missed', {}, 60);
  await beat('gone', { status: 'offline' }, 60);
  await beat('unheard', {}, 3 * 86_400);

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
  expect(await store.nodes.findPools()).toEqual(['default', 'other']);
  // Of the ended task's four, three were never touched.
  expect(fleet.progress).toMatchObject({ total_targets: 8, pending_count: 1, scanning_count: 1, cancelled_count: 3 });
  expect(fleet.time_used).toBeGreaterThanOrEqual(0);
  expect(fleet.time_used).toBeLessThan(0.1);

  const [one, other] = await Promise.all([open, cancelled].map((id) => store.statistics.getTaskStatistics(id)));
  expect(() => taskStatisticsSchema.strict().parse(one)).not.toThrow();
  expect(one).toMatchObject({ active_tasks: 1, max_capacity: 4, node_utilisation: 0.25 });
  for (const bucket of ['total_targets', 'completed_count', 'pending_count', 'cancelled_count'] as const) {
    expect(fleet.progress[bucket]).toBe(one!.progress[bucket] + other!.progress[bucket]);
  }
});

it('leaves out tasks that ended long ago, and has no rate without tasks', async () => {
  const later = new Date(NOW.getTime() + 2 * 86_400_000);
  const fleet = await fixture.store.statistics.getFleetStatistics(later);
  // The open one, and one that ended but was not seen to its last subtask.
  expect(fleet).toMatchObject({ tasks: { RUNNING: 1, CANCELLED: 1 }, counted_tasks: 2 });
  await fixture.store.tasks.settleTasks(
    (await fixture.store.tasks.findUnsettled(1, { only: 'ended' })).map(({ task_id }) => task_id),
  );
  expect(await fixture.store.statistics.getFleetStatistics(later)).toMatchObject({
    counted_tasks: 1,
    node_utilisation: null,
    max_capacity: 0,
    nodes: { silent: 0, offline: 5 },
  });
});

it('counts, per task and in all, what was reassigned by which cause, and how late updates are', async () => {
  const { store } = fixture;
  const before = await store.statistics.getFleetStatistics(NOW);
  const taskId = await queuedTask(store, '127.0.2.0/30');
  const [held, lost, overdue] = [claimOf(taskId, 0), claimOf(taskId, 1), claimOf(taskId, 2)];
  const sent = (secondsBefore: number, update: ReturnType<typeof report>) => ({
    ...update,
    sentTime: secondsAgo(secondsBefore),
  });
  const reassigned = { ...sent(0, report(lost, 'FAILED', { ...failure('NODE_LOST'), reassigned: 'silent' })) };
  const apply = (...updates: (typeof reassigned)[]) => store.subTasks.batchUpdateSubTasks(updates, NOW);
  await apply(
    sent(4, report(held, 'SCANNING')),
    sent(2, report(lost, 'SCANNING')),
    sent(-9, report(overdue, 'SCANNING')),
  );
  // A repeat reassigns nothing and is not late, in the same batch or a later one.
  await apply(
    reassigned,
    { ...reassigned, sentTime: secondsAgo(600) },
    sent(0, report(overdue, 'TIMEOUT', { reassigned: 'overdue' })),
  );
  expect((await apply(reassigned, sent(600, report(held, 'SCANNING')))).results.map(({ outcome }) => outcome)).toEqual([
    'stale',
    'duplicate',
  ]);

  const one = await store.statistics.getTaskStatistics(taskId);
  expect(one).toMatchObject({
    claims_held: 1,
    retries_total: 1,
    node_losses_total: 1,
    subtasks_reassigned_total: { silent: 1, overdue: 1, left: 0 },
    updates_applied_total: 5,
    average_update_lag: 6 / 5,
  });
  const fleet = await store.statistics.getFleetStatistics(NOW);
  expect(fleet.subtasks_reassigned_total).toEqual(one.subtasks_reassigned_total);
  expect(fleet.updates_applied_total - before.updates_applied_total).toBe(5);
  expect(fleet.claims_held - before.claims_held).toBe(1);
});

it('counts the dead letters that wait by reason, of a task its own; none of strangers has a name', async () => {
  const { store } = fixture;
  const taskId = 'a'.repeat(24);
  const keep = async (n: number, changes: Partial<DeadLetterRecord>) => {
    const dead_letter_id = String(n).padStart(32, '0');
    await store.deadLetters.keep({
      dead_letter_id,
      state: 'waiting',
      detail: '',
      queue: 'cs.updates',
      first_seen: NOW,
      content: '{}',
      content_type: 'json',
      content_bytes: 2,
      replayable: true,
      replayed_times: [],
      kept_time: NOW,
      reason: 'bad_field',
      expires: new Date(NOW.getTime() + 3_600_000),
      ...changes,
    });
    return dead_letter_id;
  };
  await keep(1, { task_id: taskId });
  await keep(2, { task_id: taskId, reason: 'no_lease' });
  await keep(3, { task_id: 'b'.repeat(24) });
  await keep(4, { reason: '__proto__' });
  await keep(5, { reason: 'Of Strangers' });
  await store.deadLetters.markDiscarded([await keep(6, { task_id: taskId })], { time: NOW, operator: 'otto' });
  expect(await store.statistics.getFleetStatistics(NOW)).toMatchObject({
    dead_letters_waiting: 5,
    dead_letters_by_reason: { bad_field: 2, no_lease: 1, other: 2 },
  });
  const ofTask = await queuedTask(store, '127.0.3.0/30');
  await keep(7, { task_id: ofTask, reason: 'illegal_transition' });
  expect(await store.statistics.getTaskStatistics(ofTask)).toMatchObject({
    dead_letters_waiting: 1,
    dead_letters_by_reason: { illegal_transition: 1 },
  });
});

it('counts alerts whose condition stands, and leases that have not run out', async () => {
  const { store } = fixture;
  const before = await store.statistics.getFleetStatistics(NOW);
  await store.alerts.raise({ rule: 'node_silent', subject: 'n', summary: '', value: 90, threshold: 60 }, 'test', NOW);
  for (const name of ['dispatch:a', 'dispatch:b', 'monitor:sweep', 'session:x'])
    await store.leases.acquireAll([name], 3_600_000);
  await store.leases.acquireAll(['dispatch:over'], 0);
  await store.alerts.raise({ rule: 'zombie', subject: 'n', summary: '' }, 'test', NOW);
  const silence = { rule: 'zombie', subject: 'n', reason: 'known', operator: 'otto' } as const;
  await store.silences.create({ ...silence, until: new Date(NOW.getTime() + 1) }, NOW);
  const fleet = await store.statistics.getFleetStatistics(NOW);
  expect(fleet.alerts_active).toMatchObject({ node_silent: 1, queue_backlog: 0, zombie: 0 });
  expect(fleet.alerts_silenced).toBe(1);
  expect(fleet.leases).toEqual({ tasks: before.leases.tasks + 2, sweeps: before.leases.sweeps + 1 });
});

it('keeps samples for an hour, the first of each five minutes for a week, and gives each half hour of a week', async () => {
  const { samples, statistics } = fixture.store;
  const { timestamp, counted_tasks, is_complete, updates_applied_total, nodes, tasks, progress } =
    await statistics.getFleetStatistics(NOW);
  const halfHour = Math.floor(Date.now() / 1_800_000) * 1_800_000;
  const at = (seconds: number) => new Date(halfHour + seconds * 1_000);
  const sample = {
    timestamp,
    counted_tasks,
    is_complete,
    updates_applied_total,
    nodes,
    update_queue_lag: null,
    subtasks: toBuckets(progress),
    slots: { used: 0, total: 0 },
    tasks: { queued: tasks.QUEUED, running: tasks.RUNNING, paused: tasks.PAUSED },
  };
  for (const seconds of [-1_800, -1_790, -300, 5, 15, 310, 320])
    await samples.add({ ...sample, timestamp: at(seconds) });
  const find = async (minutes: number) =>
    (await samples.find(minutes, at(321))).map((found) => (found.timestamp.getTime() - halfHour) / 1_000);
  expect(await find(7)).toEqual([5, 15, 310, 320]);
  expect(await find(1_440)).toEqual([-1_800, -300, 5, 310]);
  expect(await find(10_080)).toEqual([-1_800, 5]);
});

it('remembers when queues were last seen empty, for whoever looks next, but not over a gap', async () => {
  const { queues } = fixture.store;
  const other = (await fixture.openStore('other-monitor')).queues;
  const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
  const note = async (by: typeof queues, seconds: number, depth: number) => {
    const times = await by.noteDepths(new Map([['q', depth]]), at(seconds), 15_000);
    return (times.get('q')!.getTime() - NOW.getTime()) / 1_000;
  };
  expect(await note(queues, 0, 7)).toBe(0);
  expect(await note(queues, 5, 0)).toBe(5);
  expect(await note(other, 10, 3)).toBe(5);
  expect(await queues.findEmptyTimes(['q', 'unknown'], at(24))).toEqual(new Map([['q', at(5)]]));
  expect((await queues.findDepths(at(24))).get('q')).toBe(3);
  expect(await queues.findEmptyTimes(['q'], at(25))).toEqual(new Map());
  expect((await queues.findDepths(at(25))).has('q')).toBe(false);
  expect(await note(queues, 40, 3)).toBe(40);
});

it('says so if there are more tasks than it reads at once', async () => {
  const { db } = await fixture.openParts('few');
  for (const targets of ['127.0.4.0/30', '127.0.5.0/30']) await queuedTask(fixture.store, targets);
  expect(
    await createStatistics(
      db,
      { ...fixture.store.freezes, ...fixture.store.holds, ...fixture.store.silences },
      1,
    ).getFleetStatistics(NOW),
  ).toMatchObject({ is_complete: false });
});
