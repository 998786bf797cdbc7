import type { Job } from '@cyberstroll/contracts';
import { createTcpProxy, eventually, upTo } from '@cyberstroll/testkit';
import { toIndexes } from '../src/core/index-stretch';
import { createDispatch } from '../src/pass/dispatch-pass';
import { ascending, type Fixture, indexesOf, setup } from './setup';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const cursorOf = async (taskId: string) => (await fixture.store.tasks.getTask(taskId)).cursor;

const findAhead = async (task_id: string) =>
  (await fixture.store.chunks.findAhead([{ task_id, cursor: 0 }])).get(task_id)!;

async function expectLedgerWithoutOverlap(taskId: string) {
  const written = (await findAhead(taskId)).flatMap(toIndexes);
  expect(ascending(written)).toEqual(upTo(written.length));
}

describe('dispatch', () => {
  it('takes a task up, and sends nothing of it before there is a node', async () => {
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
    const taskId = await fixture.createTask('127.0.0.0/28');
    expect(await dispatchOnce(new Date())).toEqual({ subtasks: 0 });
    const { status, status_history } = await fixture.store.tasks.getTask(taskId);
    expect(status).toBe('QUEUED');
    expect(status_history.at(-1)).toMatchObject({ operator: 'dispatcher', reason: 'taken up by the dispatcher' });
    await fixture.addNode('n1', 100);
    expect(await dispatchOnce(new Date(Date.now() + 1_000))).toEqual({ subtasks: 16 });
    expect(await cursorOf(taskId)).toBe(16);
  });

  it('sends each target once, as a job that a node can scan by', async () => {
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
    const taskId = await fixture.createTask('127.0.0.0/24', { subtask_timeout: 7 });
    const jobs: Job[] = [];
    await fixture.addNode('n1', 100);
    await fixture.startNode(async (job) => {
      jobs.push(job);
      await fixture.complete(taskId, indexesOf(job));
    });
    await eventually(async () => {
      await dispatchOnce(new Date());
      return (await fixture.store.tasks.getTask(taskId)).status === 'COMPLETED';
    });
    expect(ascending(jobs.flatMap(indexesOf))).toEqual(upTo(256));
    expect(jobs[0]).toMatchObject({ task_id: taskId, subtask_timeout: 7, scan: { ports: '22', method: 'connect' } });
    const targets = await (await fixture.store.tasks.getJobSource(taskId)).targets;
    for (const { subtasks } of jobs) {
      for (const { subtask_id, ip, attempt } of subtasks) {
        expect([ip, attempt]).toEqual([targets.member(Number(subtask_id.split('-')[1])), 1]);
      }
    }
  });

  it('sends the jobs of a pass in the order of its plan, whatever tasks they are of', async () => {
    const low = await fixture.createTask('127.0.1.1-200', { priority: 1 });
    const high = await fixture.createTask('127.0.2.1-200', { priority: 10 });
    const jobs: Job[] = [];
    for (const i of upTo(10)) await fixture.addNode(`n${i}`, 100);
    expect(await createDispatch(await fixture.openReplica('a')).dispatchOnce(new Date())).toEqual({ subtasks: 400 });
    await fixture.startNode((job) => void jobs.push(job));
    await eventually(() => jobs.flatMap(indexesOf).length === 400);
    const order = jobs.flatMap(({ task_id, subtasks }) => subtasks.map(() => task_id));
    const passed = order.slice(0, order.lastIndexOf(high)).filter((taskId) => taskId === low);
    // One for ten, and a chunk of ten or fewer that came first.
    expect(passed.length).toBeLessThan(50);
  });

  it('after a crash between ledger and cursor sends the very same chunks again', async () => {
    const taskId = await fixture.createTask('127.0.0.0/24');
    const before = new Date(Date.now() - 1_000);
    await fixture.store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 7, now: before });
    await fixture.store.chunks.openChunk({ task_id: taskId, first_index: 7, count: 4, now: before });
    await fixture.addNode('n1', 100);
    const jobs: Job[] = [];
    await fixture.startNode((job) => void jobs.push(job));
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
    await eventually(async () => {
      await dispatchOnce(new Date());
      return jobs.flatMap(indexesOf).length >= 30;
    });
    expect(jobs.slice(0, 2).map(indexesOf)).toEqual([upTo(7), upTo(11).slice(7)]);
    const sent = jobs.flatMap(indexesOf);
    expect(new Set(sent).size).toBe(sent.length);
    await expectLedgerWithoutOverlap(taskId);
  });

  it('after a takeover sends all that the replica before wrote down in one pass, and fills the gap that it left', async () => {
    const taskId = await fixture.createTask('127.0.0.0/23');
    const before = new Date(Date.now() - 1_000);
    const write = (first_index: number) =>
      fixture.store.chunks.openChunk({ task_id: taskId, first_index, count: 3, now: before });
    // It writes side by side: a crash may leave out any.
    const written = upTo(100).map((i) => i * 3);
    await Promise.all(written.filter((first) => first !== 150).map(write));
    await fixture.addNode('n1', 200);
    const jobs: Job[] = [];
    await fixture.startNode((job) => void jobs.push(job));
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
    await dispatchOnce(new Date());
    expect(await cursorOf(taskId)).toBeGreaterThanOrEqual(300);
    await eventually(async () => expect(jobs.flatMap(indexesOf)).toHaveLength(await cursorOf(taskId)));
    expect(jobs.map((job) => indexesOf(job)[0])).toEqual(expect.arrayContaining(written));
    await expectLedgerWithoutOverlap(taskId);
  });

  it('stays careful until it has passed the last chunk that the replica before wrote down', async () => {
    const taskId = await fixture.createTask('127.0.0.0/24');
    await fixture.store.chunks.openChunk({ task_id: taskId, first_index: 51, count: 3, now: new Date(0) });
    await fixture.addNode('n1', 10);
    // One moment: the window stays as it is.
    const now = new Date();
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
    for (const cursor of [20, 40, 60]) {
      await dispatchOnce(now);
      expect(await cursorOf(taskId)).toBe(cursor);
      await fixture.complete(taskId, upTo(cursor).slice(cursor - 20));
    }
    await expectLedgerWithoutOverlap(taskId);
  });

  it('is careful again after it has found chunks that it did not expect', async () => {
    const taskId = await fixture.createTask('127.0.0.0/24');
    await fixture.addNode('n1', 10);
    // One moment: the window stays as it is.
    const now = new Date();
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'));
    await dispatchOnce(now);
    await fixture.complete(taskId, upTo(20));
    for (const [first_index, count] of [
      [20, 3],
      [23, 5],
    ] as const) {
      await fixture.store.chunks.openChunk({ task_id: taskId, first_index, count, now: new Date(0) });
    }
    await dispatchOnce(now);
    expect(await cursorOf(taskId)).toBe(23);
    await dispatchOnce(now);
    expect(await cursorOf(taskId)).toBe(40);
  });

  it('ends a pass that the broker does not answer before its lease ends; its successor continues at once', async () => {
    const rabbitmq = await createTcpProxy(fixture.testbed.rabbitmq_url);
    try {
      const slow = await fixture.openReplica('a', { rabbitmqUrl: rabbitmq.url });
      let leftMs: number | undefined;
      const leases = { ...slow.leases, leftMs: (id: string) => leftMs ?? slow.leases.leftMs(id) };
      const { dispatchOnce: dispatchSlowly } = createDispatch({ ...slow, leases });
      const taskId = await fixture.createTask('127.0.0.0/24');
      await fixture.addNode('n1', 20);
      await dispatchSlowly(new Date());
      expect(await cursorOf(taskId)).toBe(40);
      await fixture.addNode('n2', 20);

      rabbitmq.holdReplies();
      leftMs = 1_000;
      expect(await dispatchSlowly(new Date())).toEqual({ subtasks: 0 });
      expect(await fixture.store.leases.acquireAll([`dispatch:${taskId}`], 1)).toEqual(new Set());
      expect(await cursorOf(taskId)).toBe(40);
      // Its lease ends.
      expect(await slow.store.leases.renewAll([`dispatch:${taskId}`], 1)).toBe(true);
      leftMs = 0;

      const { dispatchOnce } = createDispatch(await fixture.openReplica('b'));
      await eventually(async () => {
        await dispatchOnce(new Date());
        expect(await cursorOf(taskId)).toBe(80);
      });
      rabbitmq.releaseReplies();
      await dispatchSlowly(new Date());
      expect(await cursorOf(taskId)).toBe(80);
      await expectLedgerWithoutOverlap(taskId);
    } finally {
      await rabbitmq.close();
    }
  });

  it('of two dispatchers on one task sends each target once', async () => {
    const replicas = await Promise.all(['a', 'b'].map((name) => fixture.openReplica(name)));
    const dispatches = replicas.map((replica) => createDispatch(replica));
    const taskIds = await Promise.all(upTo(3).map((i) => fixture.createTask(`127.0.${i}.0/25`)));
    const sent: string[] = [];
    await fixture.addNode('n1', 50);
    await fixture.startNode(async (job) => {
      sent.push(...job.subtasks.map(({ subtask_id }) => subtask_id));
      await fixture.complete(job.task_id, indexesOf(job));
    });
    await eventually(async () => {
      await Promise.all(dispatches.map(({ dispatchOnce }) => dispatchOnce(new Date())));
      const tasks = await Promise.all(taskIds.map((taskId) => fixture.store.tasks.getTask(taskId)));
      return tasks.every(({ status }) => status === 'COMPLETED');
    });
    expect(sent).toHaveLength(3 * 128);
    expect(new Set(sent).size).toBe(3 * 128);
  });

  it('serves a new task soon, however many older ones are paused, wait for nodes, or are sent out', async () => {
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'), { leastPage: 2, mostPage: 2 });
    await fixture.addNode('n1', 100);
    const create = async (target: string, count: number, config = {}) =>
      Promise.all(upTo(count).map(() => fixture.createTask(target, config)));
    await create('127.0.0.1', 5, { pool: 'elsewhere' });
    await create('127.0.0.1', 5);
    await dispatchUntil(async () => (await fixture.store.tasks.findUnsent({ pools: ['default'] }, 10)).length === 0);
    const paused = await create('127.0.0.1-9', 5);
    for (const taskId of paused) {
      await fixture.store.tasks.updateTaskStatus(taskId, 'QUEUED', 'test');
      await fixture.store.tasks.updateTaskStatus(taskId, 'RUNNING', 'test');
      await fixture.store.tasks.updateTaskStatus(taskId, 'PAUSED', 'test');
    }
    const fresh = await fixture.createTask('127.0.0.1-9');
    await dispatchUntil(async () => (await cursorOf(fresh)) === 9);
    expect(await Promise.all(paused.map(cursorOf))).toEqual([0, 0, 0, 0, 0]);

    async function dispatchUntil(isDone: () => Promise<boolean>) {
      for (let pass = 0; pass < 20 && !(await isDone()); pass++) await dispatchOnce(new Date());
      expect(await isDone()).toBe(true);
    }
  });

  it('keeps to the window of the fleet over all tasks, when a pass reads some of them', async () => {
    const { dispatchOnce } = createDispatch(await fixture.openReplica('a'), { leastPage: 2, mostPage: 2 });
    const taskIds = await Promise.all(upTo(7).map(() => fixture.createTask('127.0.0.0/24')));
    await fixture.addNode('n1', 20);
    for (let pass = 0; pass < 12; pass++) await dispatchOnce(new Date());
    const cursors = await Promise.all(taskIds.map(cursorOf));
    expect(cursors.reduce((sum, cursor) => sum + cursor, 0)).toBe(40);
  });
});
