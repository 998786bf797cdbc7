import { DAYS, type Job } from '@cyberstroll/contracts';
import { createExclusionWatch } from '@cyberstroll/coordination';
import { parseTargets } from '@cyberstroll/targets';
import { eventually, toNewTask, upTo } from '@cyberstroll/testkit';
import { createDispatch } from '../src/pass/dispatch-pass';
import { ascending, type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const exclude = (target: string, more: object = {}) =>
  fixture.store.exclusions.create({ target, reason: 'test', ...more }, 'test', new Date());
const after = (ms: number) => new Date(Date.now() + ms);
async function indexesIn(taskId: string, target: string) {
  const { targets } = await fixture.store.tasks.getJobSource(taskId);
  return targets.indexesIn(parseTargets(target), 1_000)!;
}
const cancel = (taskId: string, indexes: readonly number[]) =>
  fixture.store.subTasks.batchUpdateSubTasks(
    indexes.map((index) => ({
      sender: { operator: 'test' },
      update: { task_id: taskId, subtask_id: `${taskId}-${index}`, attempt: 1, status: 'CANCELLED' as const },
    })),
  );

it('sends nothing that is excluded, not again either, and its ledger settles once that is cancelled', async () => {
  const replica = await fixture.openReplica('a');
  const { dispatchOnce } = createDispatch(replica);
  const jobs: Job[] = [];
  await fixture.startNode((job) => void jobs.push(job));
  await fixture.addNode('n1', 100);
  const taskId = await fixture.createTask('127.0.0.0/26');
  await exclude('127.0.0.16/28');
  const excluded = await indexesIn(taskId, '127.0.0.16/28');
  await dispatchOnce(new Date());
  await eventually(async () => {
    await dispatchOnce(new Date());
    expect((await fixture.store.tasks.getTask(taskId)).cursor).toBe(64);
    expect(jobs.flatMap(indexesOf)).toHaveLength(48);
  });
  const rest = upTo(64).filter((index) => !excluded.includes(index));
  expect(ascending(jobs.flatMap(indexesOf))).toEqual(rest);

  // Nobody has touched them, so they are recalled again and again.
  await fixture.complete(taskId, rest);
  const findLeft = () =>
    fixture.store.chunks.findUnsettled({ task_id: taskId, dispatchedBefore: after(3_600_000), limit: 10 });
  const again = createDispatch(replica, { workMs: 0 });
  for (const ms of [60_000, 120_000]) {
    await fixture.store.chunks.recall((await findLeft()).map((chunk) => ({ chunk, reason: 'lost' })));
    await again.dispatchOnce(after(ms));
    expect((await findLeft()).filter(({ waits }) => waits)).toEqual([]);
  }
  await cancel(taskId, excluded);
  await fixture.store.chunks.recall((await findLeft()).map((chunk) => ({ chunk, reason: 'lost' })));
  await again.dispatchOnce(after(240_000));
  expect(await findLeft()).toEqual([]);
  expect(jobs.flatMap(indexesOf)).toHaveLength(48);
});

it('says to a job which ports its addresses lose, and sends no address that has none left, nor at other hours', async () => {
  const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
  const jobs: Job[] = [];
  await fixture.startNode((job) => void jobs.push(job));
  await fixture.addNode('n1', 100);
  await exclude('127.0.0.1', { ports: '1-100' });
  await exclude('127.0.0.2-3', { ports: '80,443' });
  await exclude('127.0.9.0/24', { ports: '22' });
  // DAYS begins with Monday: this is the day after today in UTC.
  const tomorrow = DAYS[new Date().getUTCDay()]!;
  const hours = [{ days: [tomorrow], from: '12:00', to: '12:01', time_zone: 'UTC' }];
  await exclude('127.0.0.4', { hours });
  const scan = { ports: '22,80', method: 'connect' as const };
  const passes: number[] = [];
  await fixture.store.tasks.createTask({ ...toNewTask('127.0.0.0/29', { order: 'sequential' }), scan });
  await eventually(async () => {
    const now = new Date();
    passes.push(now.getTime());
    await dispatchOnce(now);
    expect(jobs.flatMap(indexesOf)).toEqual([0, 2, 3, 4, 5, 6, 7]);
  });
  for (const { subtasks, exclude_ports, rules_time } of jobs) {
    expect(passes).toContain(rules_time);
    const loses = subtasks.some(({ ip }) => ['127.0.0.2', '127.0.0.3'].includes(ip));
    expect(exclude_ports).toEqual(loses ? [{ target: '127.0.0.2/31', ports: '80' }] : undefined);
  }
});

it('sends nothing that was cancelled before it was sent, and keeps to the window meanwhile', async () => {
  const replica = await fixture.openReplica('a');
  await fixture.addNode('n1', 10);
  const jobs: Job[] = [];
  await fixture.startNode((job) => void jobs.push(job));
  const taskId = await fixture.createTask('127.0.0.0/24', { order: 'sequential' });
  await fixture.store.tasks.queueTasks([taskId], 'test', 'test');
  await cancel(
    taskId,
    upTo(128).map((index) => index + 100),
  );
  await fixture.store.tasks.calculateTaskProgress(taskId);
  const { dispatchOnce } = createDispatch({ ...replica, exclusions: createExclusionWatch(replica.store) });
  for (const ms of [0, 100, 200, 300]) await dispatchOnce(after(ms));
  expect((await fixture.store.tasks.getTask(taskId)).cursor).toBe(20);
  const sent: number[] = [];
  // A node that closes what it gets brings the cursor to the end. A pass over cancelled addresses alone sends no job.
  await eventually(async () => {
    for (; jobs.length > 0; sent.push(...indexesOf(jobs.shift()!))) {
      await fixture.complete(taskId, indexesOf(jobs[0]!));
    }
    await dispatchOnce(after(1_000));
    expect((await fixture.store.tasks.getTask(taskId)).status).toBe('COMPLETED');
  });
  expect(sent.filter((index) => index >= 100 && index < 228)).toEqual([]);
  const { progress } = await fixture.store.tasks.getTask(taskId);
  expect(progress).toMatchObject({ completed_count: 128, cancelled_count: 128, pending_count: 0 });
});
