import { findLeftQueue, type LedgerChunk, type LedgerTask } from './find-left-queue';

const NOW = new Date('2026-01-01T12:00:00Z');
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const LIMITS = { settleAfterMs: 5_000, resendAfterMs: 30_000 };

const task = (overrides: Partial<LedgerTask> = {}): LedgerTask => ({
  task_id: 't1',
  config: { pool: 'default' },
  scan: { method: 'nmap' },
  cursor: 1_000,
  ...overrides,
});
const chunk = (first_index: number, ageMs: number, task_id = 't1'): LedgerChunk => ({
  task_id,
  first_index,
  count: 10,
  dispatched_time: ago(ageMs),
});
function find(tasks: LedgerTask[], chunks: LedgerChunk[], depth: number | undefined, heldMs = 0, lastGiven?: Date) {
  // A node without a free slot for connect scans holds no job of another method.
  const held = new Map([['nmap', heldMs]]).set('connect', 3_600_000);
  const pools = new Map([
    ['default', { depth, heldMs: held, lastGiven }],
    ['dmz', { depth: 0, heldMs: held, lastGiven: undefined }],
  ]);
  return findLeftQueue({ tasks, chunks, pools, now: NOW }, LIMITS).map(
    ({ chunk: { first_index }, reason }) => `${first_index}${reason ? ` ${reason}` : ''}`,
  );
}

describe('findLeftQueue', () => {
  it.each([
    ['leaves a fresh chunk alone', [chunk(0, 4_000)], 0, []],
    ['looks at one that could be settled', [chunk(0, 6_000)], 0, ['0']],
    ['gives one up that stayed untouched while its queue is empty', [chunk(0, 31_000)], 0, ['0 lost']],
    ['leaves one alone that may still wait in the queue', [chunk(0, 31_000)], 1, []],
    [
      'knows by later ones that one has left the queue',
      [chunk(0, 31_000), chunk(10, 20), chunk(20, 10)],
      2,
      ['0 lost'],
    ],
    ['takes chunks of one millisecond for unordered', [chunk(0, 31_000), chunk(10, 31_000)], 1, []],
    ['leaves to the dispatch what is not sent out yet', [chunk(1_000, 31_000)], 0, []],
    ['answers oldest first', [chunk(10, 6_000), chunk(0, 7_000)], 0, ['0', '10']],
  ])('%s', (_, chunks, depth, expected) => {
    expect(find([task()], chunks, depth)).toEqual(expected);
  });

  it('leaves one alone that may lie with a node, unless it was dropped in a pause', () => {
    expect(find([task()], [chunk(0, 31_000)], 0, 60_000)).toEqual(['0']);
    expect(find([task()], [chunk(0, 91_000)], 0, 60_000)).toEqual(['0 lost']);
    expect(find([task({ resumed_time: ago(500) })], [chunk(0, 31_000)], 0, 60_000)).toEqual(['0 dropped']);
  });

  it.each([
    ['that was sent before the node was known for lost', 9_000, 0, 0, ['0 silent']],
    ['but not what was sent later', 7_000, 0, 0, ['0']],
    ['nor what waits in its queue', 9_000, 1, 0, []],
    ['nor while no slot is free: it may lie with a full node', 9_000, 0, 60_000, ['0']],
  ])('takes a job that a silent node may hold for lost at once %s', (_, ageMs, depth, heldMs, expected) => {
    expect(find([task()], [chunk(0, ageMs)], depth, heldMs, ago(8_000))).toEqual(expected);
  });

  it('gives up at once what was sent before the task was resumed, and only that', () => {
    const resumed = task({ resumed_time: ago(500) });
    expect(find([resumed], [chunk(0, 600), chunk(10, 400)], 0)).toEqual(['0 dropped']);
  });

  it('gives nothing up while the depth is unknown, and looks at what could be settled', () => {
    const chunks = [chunk(0, 91_000), chunk(10, 6_000), chunk(20, 600)];
    const resumed = task({ resumed_time: ago(500) });
    expect(find([resumed], chunks, undefined, 0, ago(8_000))).toEqual(['0', '10']);
  });

  it('counts later chunks of other tasks of the pool, and none of another pool', () => {
    const tasks = [task(), task({ task_id: 't2' }), task({ task_id: 't3', config: { pool: 'dmz' } })];
    expect(find(tasks, [chunk(0, 31_000), chunk(0, 10, 't2')], 1)).toEqual(['0 lost']);
    expect(find(tasks, [chunk(0, 31_000), chunk(0, 10, 't3')], 1)).toEqual([]);
  });
});
