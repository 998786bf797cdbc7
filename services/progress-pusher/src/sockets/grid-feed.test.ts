import type { Event } from '@cyberstroll/contracts';
import { decodeChanges } from '@cyberstroll/grid';
import { testLogger, upTo } from '@cyberstroll/testkit';
import { createGridFeed } from './grid-feed';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A feed whose events the test makes. */
function open() {
  let heard: Parameters<Parameters<typeof createGridFeed>[0]['listen']>[0] | undefined;
  const feed = createGridFeed({
    listen(listener) {
      heard = listener;
      return { close: async () => undefined };
    },
    logger: testLogger,
  });
  return { feed, listener: () => heard! };
}

const nothing = () => undefined;

it('50 viewers that have missed changes are asked to spread their reads over 2.5 s', async () => {
  const { feed, listener } = open();
  const asked: unknown[][] = [];
  const subscriber = { push: nothing, reload: (...said: unknown[]) => asked.push(said), away: nothing, tick: nothing };
  for (const i of upTo(50)) feed.join(String(i % 3).repeat(24), { ...subscriber });
  listener().onListening(true);
  listener().onListening(false);
  asked.splice(0);
  listener().onListening(true);
  expect(asked).toEqual(Array(50).fill(['broker_back', 2_500]));
  await feed.stop();
});

it('sends one frame of all changes of a quarter of a second, each subtask once', async () => {
  const taskId = 'a'.repeat(24);
  const { feed, listener } = open();
  const frames: Uint8Array[] = [];
  const leave = feed.join(taskId, {
    push: (frame) => frames.push(frame),
    reload: nothing,
    away: nothing,
    tick: nothing,
  });
  const say = (status: string, previous_status: string) => {
    for (let first = 0; first < 1_000; first += 100) {
      const subtasks = upTo(100).map((i) => ({ subtask_id: `${taskId}-${first + i}`, ip: '127.0.0.1', attempt: 1 }));
      const timestamp = '2026-01-01T00:00:00.000Z';
      listener().onEvent({ type: `subtask.${status}`, timestamp, task_id: taskId, subtasks, previous_status } as Event);
    }
  };
  say('scanning', 'ASSIGNED');
  say('completed', 'SCANNING');
  await jest.advanceTimersByTimeAsync(249);
  expect(frames).toEqual([]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(frames).toHaveLength(1);
  const changes = decodeChanges(frames[0]!);
  expect(changes).toHaveLength(1_000);
  expect(changes[999]).toMatchObject({ index: 999, previous_status: 'ASSIGNED', status: 'COMPLETED' });
  leave();
  await feed.stop();
});

it('says that no change comes only where RabbitMQ does not answer', async () => {
  let onListening: (isListening: boolean) => void = () => undefined;
  const feed = createGridFeed({
    listen(listener) {
      ({ onListening } = listener);
      return { close: async () => undefined };
    },
    logger: testLogger,
  });
  const said: string[] = [];
  const subscriber = {
    push: () => undefined,
    reload: (reason: string) => void said.push(reason),
    away: () => void said.push('away'),
    tick: () => undefined,
  };
  const takeSaid = () => said.splice(0);
  let leave = feed.join('a', subscriber);
  onListening(true);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(takeSaid()).toEqual(['subscribed']);
  onListening(false);
  expect(takeSaid()).toEqual(['away']);
  feed.join('b', subscriber)();
  expect(takeSaid()).toEqual(['away']);
  leave();

  leave = feed.join('a', subscriber);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(takeSaid()).toEqual([]);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(takeSaid()).toEqual(['away']);
  onListening(true);
  expect(takeSaid()).toEqual(['subscribed']);
  leave();
  await feed.stop();
});
