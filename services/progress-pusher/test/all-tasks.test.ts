import { MAX_NAMED_TASKS, WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import { createQueuedTask, createUnsentTask, eventually, type ProgressWatch, upTo } from '@cyberstroll/testkit';
import { KEY } from './create-service';
import { type Fixture, setup, watch } from './setup';

let fixture: Fixture;
const watches: ProgressWatch[] = [];
beforeAll(async () => {
  fixture = await setup('mongodb_uri');
});
afterEach(() => {
  for (const each of watches.splice(0)) each.close();
});
afterAll(() => fixture?.cleanup());

async function watchAll(options = {}): Promise<ProgressWatch> {
  const opened = await watch(fixture.service, undefined, { key: KEY, ...options });
  watches.push(opened);
  return opened;
}
/** The last frame of a task: status, and subtasks completed. */
function lastOf({ updates }: ProgressWatch, taskId: string) {
  const last = updates.filter(({ task_id }) => task_id === taskId).at(-1);
  return last && `${last.status} ${last.counts.completed_count}`;
}
const isRising = ({ updates }: ProgressWatch) =>
  updates.every(({ task_id, seq }, i) => updates.slice(0, i).every((one) => one.task_id !== task_id || one.seq < seq));

it('a subscriber to all tasks gets a frame of each open task, newest first, then every change, new tasks and ends', async () => {
  const done = await createQueuedTask(fixture.store, '127.0.0.1');
  await fixture.complete(done, 0);
  const first = await createQueuedTask(fixture.store);
  await fixture.complete(first, 0);
  const second = await createQueuedTask(fixture.store, '127.0.0.1');
  const all = await watchAll();
  await eventually(() => expect(all.updates.map(({ task_id }) => task_id)).toEqual([second, first]));
  expect(lastOf(all, first)).toBe('RUNNING 1');

  await fixture.complete(first, 1);
  await fixture.complete(second, 0);
  const third = await createQueuedTask(fixture.store);
  await fixture.complete(third, 0);
  await eventually(() => {
    expect([first, second, third].map((id) => lastOf(all, id))).toEqual(['RUNNING 2', 'COMPLETED 1', 'RUNNING 1']);
  });
  expect(isRising(all)).toBe(true);
  expect(lastOf(all, done)).toBeUndefined();
});

it('a subscriber that names tasks gets these alone; what names none closes its WebSocket', async () => {
  const [shown, other] = [await createQueuedTask(fixture.store), await createQueuedTask(fixture.store)];
  const all = await watchAll({ query: '?named=true' });
  all.socket.send(JSON.stringify({ task_ids: [shown] }));
  await eventually(() => expect(lastOf(all, shown)).toBe('QUEUED 0'));
  await fixture.complete(other, 0);
  await fixture.complete(shown, 0);
  await eventually(() => expect(lastOf(all, shown)).toBe('RUNNING 1'));
  expect(new Set(all.updates.map(({ task_id }) => task_id))).toEqual(new Set([shown]));
  all.socket.send(JSON.stringify({ task_ids: Array(MAX_NAMED_TASKS + 1).fill(shown) }));
  expect(await all.closed).toBe(WEBSOCKET_CLOSES.badMessage.code);
});

it('without news from Redis, changes and ends of all tasks come from the store', async () => {
  const [changing, ending] = [
    await createQueuedTask(fixture.store),
    await createQueuedTask(fixture.store, '127.0.0.1'),
  ];
  const all = await watchAll();
  // An open channel may have read one of them alone, and a task that has ended by its next read is not shown.
  await eventually(() => expect([changing, ending].map((id) => lastOf(all, id))).toEqual(['QUEUED 0', 'QUEUED 0']));
  await fixture.complete(changing, 0, false);
  await fixture.complete(ending, 0, false);
  const created = await createUnsentTask(fixture.store);
  await eventually(() => {
    expect([changing, ending, created].map((id) => lastOf(all, id))).toEqual(['RUNNING 1', 'COMPLETED 1', 'QUEUED 0']);
  });
  expect(isRising(all)).toBe(true);
});

it('a hundred more subscribers to all tasks cost no read of the store', async () => {
  await Promise.all(upTo(20).map(() => createUnsentTask(fixture.store)));
  const first = await watchAll();
  await eventually(() => expect(first.updates.length).toBeGreaterThanOrEqual(20));
  const reads = fixture.proxy.countRequests('find\0\x06\0\0\0tasks\0');
  // The poll waits for an answer, so that a read of a subscriber would be one more.
  fixture.proxy.holdReplies();
  try {
    const all = await Promise.all(upTo(100).map(() => watchAll()));
    await eventually(() => expect(all.every(({ updates }) => updates.length >= 20)).toBe(true));
    // The driver may repeat the read of the poll.
    expect(reads.count).toBeLessThanOrEqual(2);
  } finally {
    fixture.proxy.releaseReplies();
  }
});
