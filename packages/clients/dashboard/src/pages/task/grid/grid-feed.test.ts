import { ApiError } from '@cyberstroll/client';
import { type Change, encodeCells, encodeChanges, encodeHeader, type GridWindow } from '@cyberstroll/grid';
import { type GridFault, type GridLink, openGridFeed } from './grid-feed';

const socket: { events: Parameters<GridLink['openLiveSocket']>[1] | undefined } = { events: undefined };
const GET = jest.fn();
const link: GridLink = {
  client: { GET },
  openLiveSocket(_path, events) {
    socket.events = events;
    return { close: () => undefined, reconnect: () => undefined, send: () => undefined };
  },
};

const HEADER = {
  task_id: 'a',
  status: 'RUNNING',
  seq: 1,
  rev: 1,
  total_targets: 512,
  per: 256 as const,
  from: 0,
  count: 2,
  total_cells: 2,
  position: 0,
  ranges: [['10.0.0.0', 512]] as [string, number][],
  segments: [{ count: 512, stride: 1, offset: 0, inverse: 1 }],
};
const BY_INDEX = { ...HEADER, per: 1 as const, by: 'index' as const, ranges: [], count: 512 };
const snapshotOf = (completed: number[]) =>
  encodeCells(BY_INDEX, [{ status: 'COMPLETED', attempt: 1, has_open_ports: false, positions: completed }]);
const progressOf = (scanning_count: number, completed_count: number) => ({
  pending_count: 512 - scanning_count - completed_count,
  assigned_count: 0,
  scanning_count,
  retry_count: 0,
  completed_count,
  failed_count: 0,
  timeout_count: 0,
  cancelled_count: 0,
});
const step = (index: number, previous_status: Change['previous_status'], status: Change['status']): Change => ({
  index,
  previous_status,
  status,
  attempt: 1,
  has_open_ports: false,
});

beforeEach(() => {
  jest.useFakeTimers();
  GET.mockReset();
});
afterEach(() => jest.useRealTimers());

type Asked = { from: number; count?: number; cells?: 'false' };
const queryOf = (call: unknown[]) => (call[1] as { params: { query: Asked } }).params.query;
const isOfCells = (call: unknown[]) => queryOf(call).cells === undefined;
const toAnswer = (bytes: Uint8Array) => ({ data: bytes.buffer, response: new Response() });
const answerWith = (completed: number[]) =>
  GET.mockImplementation(async (...call) => toAnswer(isOfCells(call) ? snapshotOf(completed) : encodeHeader(HEADER)));

/** A feed of two blocks that has its first snapshot. */
async function open(completed: number[] = []) {
  answerWith(completed);
  const changed: number[] = [];
  let window: GridWindow | undefined;
  const events = {
    onWindow: (made: GridWindow) => {
      window = made;
    },
    onCells: (cells: readonly number[]) => changed.push(...cells),
    onFault: (fault: GridFault | undefined) => {
      if (fault) throw fault.error;
    },
  };
  const feed = openGridFeed('a', { per: 256, from: 0 }, events, link);
  socket.events?.onMessage?.({ type: 'reload' });
  await jest.advanceTimersByTimeAsync(10);
  changed.splice(0);
  const send = (...changes: Change[]) => socket.events?.onBytes?.(encodeChanges(changes).buffer);
  return {
    feed,
    send,
    changed,
    window: () => window as GridWindow,
    countReads: () => GET.mock.calls.filter(isOfCells).length,
  };
}

it('blocks change by the WebSocket, without another read', async () => {
  const { feed, send, changed, window, countReads } = await open();
  send(step(3, 'PENDING', 'SCANNING'), step(300, 'PENDING', 'COMPLETED'));
  expect([changed, window().getBlock(0)?.counts.SCANNING, window().getBlock(1)?.counts.COMPLETED]).toEqual([
    [0, 1],
    1,
    1,
  ]);
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
  answerWith([7, 8, 9]);
  feed.compare(progressOf(0, 3), true);
  await jest.advanceTimersByTimeAsync(6_000);
  expect([countReads(), window().counts.COMPLETED]).toEqual([3, 3]);
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

const TOTAL = 10_000;
const ADDRESSES = {
  ...HEADER,
  per: 1 as const,
  total_targets: TOTAL,
  total_cells: TOTAL,
  segments: [{ count: TOTAL, stride: 1, offset: 0, inverse: 1 }],
};
/** All of them FAILED. */
const addressesOf = (from: number, wanted: number) => {
  const count = Math.min(wanted, TOTAL - from);
  const next = from + count < TOTAL ? { next: from + count } : {};
  const positions = Array.from({ length: count }, (_, i) => from + i);
  const failed = { status: 'FAILED', attempt: 1, node: 'a', has_open_ports: false, positions } as const;
  return encodeCells({ ...ADDRESSES, by: 'index', from, count, position: from, ranges: [], ...next }, [failed]);
};

it('a snapshot comes in parts: changes show before the first one, and after a fault it continues where it was', async () => {
  const refusal = new Response('', { status: 503, headers: { 'retry-after': '3' } });
  let isDown = true;
  GET.mockImplementation(async (...call) => {
    const { from, count } = queryOf(call);
    if (count === undefined)
      return toAnswer(encodeHeader({ ...ADDRESSES, count: TOTAL, ranges: [['10.0.0.0', TOTAL]] }));
    if (from > 0 && isDown) return { error: { code: 'grid_busy', detail: 'busy' }, response: refusal };
    return toAnswer(addressesOf(from, count));
  });
  const faults: (GridFault | undefined)[] = [];
  let window: GridWindow | undefined;
  const events = {
    onWindow(made: GridWindow) {
      window = made;
      socket.events?.onBytes?.(encodeChanges([step(9_000, 'PENDING', 'SCANNING')]).buffer);
      expect([made.getCell(9_000)?.status, made.isRead(9_000), made.readShare]).toEqual(['SCANNING', false, 0]);
    },
    onCells: () => undefined,
    onFault: (fault: GridFault | undefined) => faults.push(fault),
  };
  const feed = openGridFeed('a', { per: 1, from: 0 }, events, link);
  socket.events?.onMessage?.({ type: 'reload', spread_ms: 2_500 });
  await jest.advanceTimersByTimeAsync(2_500);
  expect([window?.counts.FAILED, window?.counts.SCANNING]).toEqual([8_192, 1]);
  expect(faults.at(-1)?.error).toBeInstanceOf(ApiError);
  expect(faults.at(-1)!.againAt! - Date.now()).toBeGreaterThan(0);
  expect(faults.at(-1)!.againAt! - Date.now()).toBeLessThanOrEqual(3_000);
  isDown = false;
  await jest.advanceTimersByTimeAsync(3_000);
  expect([faults.at(-1), window?.readShare, window?.counts.FAILED]).toEqual([undefined, 1, TOTAL]);
  expect(GET.mock.calls.filter((call) => queryOf(call).from === 0)).toHaveLength(2);
  feed.close();
});
