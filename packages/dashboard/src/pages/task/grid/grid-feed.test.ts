import { type Change, encodeBlocks, encodeChanges, type GridWindow } from '@cyberstroll/grid';
import { type GridLink, openGridFeed } from './grid-feed';

const socket: { events: Parameters<GridLink['openLiveSocket']>[1] | undefined } = { events: undefined };
const GET = jest.fn();
const link: GridLink = {
  client: { GET },
  openLiveSocket(_path, events) {
    socket.events = events;
    return { close: () => undefined, reconnect: () => undefined };
  },
};

const HEADER = {
  ...{ task_id: 'a', status: 'RUNNING', seq: 1, rev: 1, total_targets: 512, per: 256 as const, from: 0, count: 2 },
  ...{ total_cells: 2, position: 0, ranges: [['10.0.0.0', 512]] as [string, number][] },
  segments: [{ count: 512, stride: 1, offset: 0, inverse: 1 }],
};
const snapshotOf = (completed: number[]) =>
  encodeBlocks(HEADER, [{ status: 'COMPLETED', has_open_ports: false, positions: completed }], [0, 256, 512]);
const progressOf = (scanning_count: number, completed_count: number) => ({
  ...{ pending_count: 512 - scanning_count - completed_count, assigned_count: 0, scanning_count, retry_count: 0 },
  ...{ completed_count, failed_count: 0, timeout_count: 0, cancelled_count: 0 },
});
const step = (index: number, previous_status: Change['previous_status'], status: Change['status']): Change => ({
  ...{ index, previous_status, status, attempt: 1, has_open_ports: false },
});

beforeEach(() => {
  jest.useFakeTimers();
  GET.mockReset();
});
afterEach(() => jest.useRealTimers());

/** A feed of two blocks that has its first snapshot. */
async function open(completed: number[] = []) {
  GET.mockImplementation(async () => ({ data: snapshotOf(completed).buffer, response: new Response() }));
  const changed: number[] = [];
  let window: GridWindow | undefined;
  const events = {
    onSnapshot: (_: unknown, made: GridWindow) => {
      window = made;
    },
    onCells: (cells: readonly number[]) => changed.push(...cells),
    onFault: (error: unknown) => {
      throw error;
    },
  };
  const feed = openGridFeed('a', { per: 256, from: 0 }, events, link);
  socket.events?.onMessage?.({ type: 'reload' });
  await jest.advanceTimersByTimeAsync(10);
  const send = (...changes: Change[]) => socket.events?.onBytes?.(encodeChanges(changes).buffer);
  return { feed, send, changed, window: window as GridWindow, countReads: () => GET.mock.calls.length };
}

it('blocks change by the WebSocket, without another read', async () => {
  const { feed, send, changed, window, countReads } = await open();
  send(step(3, 'PENDING', 'SCANNING'), step(300, 'PENDING', 'COMPLETED'));
  expect([changed, window.getBlock(0)?.counts.SCANNING, window.getBlock(1)?.counts.COMPLETED]).toEqual([[0, 1], 1, 1]);
  feed.compare(progressOf(1, 1), false);
  await jest.advanceTimersByTimeAsync(600_000);
  expect(countReads()).toBe(1);
  feed.close();
});

it('sums that differ after the last progress are read again: at most once a minute, at once after the end', async () => {
  const { feed, window, countReads } = await open([7]);
  feed.compare(progressOf(0, 2), false);
  await jest.advanceTimersByTimeAsync(59_000);
  expect(countReads()).toBe(1);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(countReads()).toBe(2);
  // The second change was lost, too.
  GET.mockImplementation(async () => ({ data: snapshotOf([7, 8, 9]).buffer, response: new Response() }));
  feed.compare(progressOf(0, 3), true);
  await jest.advanceTimersByTimeAsync(6_000);
  expect([countReads(), window.counts.COMPLETED]).toEqual([3, 3]);
  feed.close();
});

it('sums in work that stay off while the task runs are read again after a minute, and are right then', async () => {
  const { feed, send, countReads } = await open();
  send(step(3, 'PENDING', 'SCANNING'));
  for (let second = 0; second < 130; second++) {
    send(step(second + 4, 'PENDING', 'COMPLETED'));
    feed.compare(progressOf(0, second), false);
    await jest.advanceTimersByTimeAsync(1_000);
    if (second < 60) expect(countReads()).toBe(1);
  }
  expect(countReads()).toBe(2);
  feed.close();
});
