import type { SubTask } from '@cyberstroll/contracts';
import { BUCKET_OF_STATUS, type ProgressBucket, type SubTaskStatus } from '@cyberstroll/state-machine';
import { appendTargets, createTargetIndex, parseTargets } from '@cyberstroll/targets';
import { decideSubTask, type IncomingUpdate } from '@cyberstroll/task-state';
import fc from 'fast-check';
import { findBlocks } from './blocks';
import { type Cell, type Change, UNTOUCHED } from './cell';
import { decodeChanges, encodeChanges } from './frame';
import { createGridWindow } from './grid-window';
import { joinChanges } from './join-changes';
import { isLikeProgress } from './progress-check';
import { createBlockCounts, decodeSnapshot, encodeBlocks, encodeCells, encodeHeader, type Snapshot } from './snapshot';

/** Two segments: the second one was added later. */
const segments = appendTargets(
  appendTargets([], parseTargets('10.0.0.3-12,10.0.1.0/29'), { order: 'permuted', seed: 7 }),
  parseTargets('10.0.0.1,10.0.0.4'),
  { order: 'sequential', seed: 7 },
);
const targets = createTargetIndex(segments);

const config = { max_retries: 9, retry_delay: 0, subtask_timeout: 60 };
const task = { task_id: 'a'.repeat(24), status: 'RUNNING', config } as never;

/** What happens to one subtask, by the rules of the updaters: its cell after each change, and the changes. */
function play(index: number, reports: readonly SubTaskStatus[]) {
  const now = new Date('2026-01-31T12:00:00Z');
  let current: SubTask | undefined;
  const cells: Cell[] = [UNTOUCHED];
  const changes: Change[] = [];
  reports.forEach((status, i) => {
    const attempt = current?.attempt ?? 1;
    const node = `node-${(index + attempt) % 3}`;
    const update = {
      task_id: 'a'.repeat(24),
      subtask_id: `${'a'.repeat(24)}-${index}`,
      status,
      attempt,
      lease_id: `00000000-0000-4000-8000-${String(attempt).padStart(12, '0')}`,
      scan_result: { open_ports: i % 2 === 0 ? [80] : [], services: [], response_time: 1 },
    };
    const updates = [{ sender: { node_id: node }, update }] as unknown as IncomingUpdate[];
    const ip = targets.member(index);
    const { next, transitions } = decideSubTask({
      task,
      index,
      ip,
      current,
      sent: now,
      updates,
      now,
      random: () => 0.5,
    });
    if (!next) return;
    current = next;
    const has_open_ports = next.has_open_ports ?? false;
    for (const { previous_status, status, attempt: of } of transitions) {
      changes.push({
        index,
        previous_status,
        status,
        attempt: of,
        node: of === attempt ? node : undefined,
        has_open_ports: status === 'COMPLETED' && has_open_ports,
      });
    }
    cells.push({ status: next.status, attempt: next.attempt, node: next.assigned_node, has_open_ports });
  });
  return { cells, changes };
}

const REPORTS = fc.constantFrom<SubTaskStatus>('ASSIGNED', 'SCANNING', 'FAILED', 'TIMEOUT', 'COMPLETED', 'CANCELLED');

const facts = {
  task_id: 'a'.repeat(24),
  status: 'RUNNING',
  seq: 1,
  rev: 1,
  total_targets: targets.count,
  segments: targets.segments,
};
const headerOf = (position: number, count: number) => ({
  ...facts,
  per: 1 as const,
  from: position,
  count,
  total_cells: targets.count,
  position,
  ranges: targets.toRanges(position, count),
});

/** A snapshot of a window, as a server makes it of the cells by index. */
const snapshotOf = (position: number, count: number, cells: readonly Cell[]) =>
  decodeSnapshot(
    encodeCells(
      headerOf(position, count),
      cells.flatMap((cell, index) => (cell === UNTOUCHED ? [] : [{ ...cell, positions: [targets.toPosition(index)] }])),
    ),
  );

/** A frame as a server sends it. */
function throughFrame(changes: readonly Change[]): Change[] {
  const byIndex = new Map<number, Change[]>();
  for (const change of changes) byIndex.set(change.index, [...(byIndex.get(change.index) ?? []), change]);
  return decodeChanges(encodeChanges([...byIndex.values()].flatMap(joinChanges)));
}

/** What happens to each subtask. */
const stories = fc.array(fc.array(REPORTS, { maxLength: 8 }), {
  minLength: targets.count,
  maxLength: targets.count,
});

const WHOLE = { per: 256, position: 0 } as const;

/** The blocks of the whole task. */
function blocksOf(cells: readonly Cell[]) {
  const { starts, total } = findBlocks(targets.toRanges(0, targets.count), WHOLE.per);
  const header = { ...headerOf(0, targets.count), ...WHOLE, count: total, total_cells: total };
  const groups = cells.map((cell, index) => ({ ...cell, positions: [targets.toPosition(index)] }));
  const counts = createBlockCounts(starts);
  counts.add(groups);
  return decodeSnapshot(encodeBlocks(header, counts));
}

it('any order of the changes, with any of them in the snapshot and any of them twice, ends in the same cells', () => {
  fc.assert(
    fc.property(stories, fc.infiniteStream(fc.nat()), fc.nat(), fc.nat(), (reports, randoms, a, b) => {
      const random = (below: number) => (randoms.next().value as number) % below;
      const plays = reports.map((each, index) => play(index, each));
      const position = a % targets.count;
      const count = 1 + (b % (targets.count - position));
      const seen = plays.map(({ cells }) => cells[random(cells.length)]!);
      const window = createGridWindow(snapshotOf(position, count, seen));

      const changes = plays.flatMap((each) => each.changes);
      const order = [...changes, ...changes].sort(() => random(3) - 1);
      while (order.length > 0) window.apply(throughFrame(order.splice(0, 1 + random(9))));

      plays.forEach(({ cells }, index) => {
        const at = targets.toPosition(index);
        const isInside = at >= position && at < position + count;
        const end = cells.at(-1)!;
        const cell = window.getCell(at);
        // The claim of a retry is no transition: only a snapshot has its node before the scan begins.
        const node = end.status === 'RETRYING' ? cell?.node : end.node;
        expect(cell).toEqual(isInside ? { ...end, node } : undefined);
      });
      const buckets = Object.values(BUCKET_OF_STATUS);
      const progress = Object.fromEntries(buckets.map((bucket) => [bucket, 0])) as Record<ProgressBucket, number>;
      for (let at = position; at < position + count; at++) progress[BUCKET_OF_STATUS[window.getCell(at)!.status]] += 1;
      expect(isLikeProgress(window.counts, progress, false)).toBe(true);
    }),
  );
});

it('any order of the changes ends in the same sums of blocks', () => {
  fc.assert(
    fc.property(stories, fc.infiniteStream(fc.nat()), (reports, randoms) => {
      const random = (below: number) => (randoms.next().value as number) % below;
      const plays = reports.map((each, index) => play(index, each));
      const order = plays.flatMap(({ changes }) => changes).sort(() => random(3) - 1);
      const window = createGridWindow(blocksOf(plays.map(({ cells }) => cells[0]!)));
      while (order.length > 0) window.apply(throughFrame(order.splice(0, 1 + random(9))));
      const { blocks, header } = blocksOf(plays.map(({ cells }) => cells.at(-1)!));
      expect(Array.from({ length: header.count }, (_, cell) => window.getBlock(cell))).toEqual(blocks);
      const sums = { ...window.counts };
      window.load({ header, cells: [], blocks });
      expect(sums).toEqual(window.counts);
    }),
  );
});

/** Some cells of all, in the order of the indexes, as a server sends them. */
function partOf(cells: readonly Cell[], from: number, count: number) {
  const end = Math.min(from + count, cells.length);
  const next = cells.findIndex((cell, index) => index >= end && cell !== UNTOUCHED);
  const header = { ...headerOf(0, 0), by: 'index' as const, from, position: from, count: end - from };
  const some = cells.slice(from, end).map((cell, i) => ({ ...cell, positions: [from + i] }));
  const touched = some.filter((_, i) => cells[from + i] !== UNTOUCHED);
  return decodeSnapshot(encodeCells({ ...header, ...(next >= 0 && { next }) }, touched));
}

it('cells by index come in parts, over the changes that came before: cells and blocks end as all of it says', () => {
  fc.assert(
    fc.property(stories, fc.infiniteStream(fc.nat()), (reports, randoms) => {
      const random = (below: number) => (randoms.next().value as number) % below;
      const plays = reports.map((each, index) => play(index, each));
      // The changes of an index come before its part, which has some of them; or after it.
      const isEarly = plays.map(() => random(2) === 0);
      const read = plays.map(({ cells }, index) => cells[isEarly[index] ? random(cells.length) : 0]!);
      const ends = plays.map(({ cells }) => cells.at(-1)!);
      const headers = [snapshotOf(0, targets.count, ends).header, blocksOf(ends).header];
      for (const header of headers) {
        const window = createGridWindow(decodeSnapshot(encodeHeader(header)));
        expect([window.readShare, window.isRead(0), window.counts.PENDING]).toEqual([0, false, targets.count]);
        const apply = (which: (index: number) => boolean) =>
          window.apply(throughFrame(plays.flatMap(({ changes }, index) => (which(index) ? changes : []))));
        apply((index) => isEarly[index]!);
        let from: number | undefined = 0;
        while (from !== undefined) {
          const part: Snapshot = partOf(read, from, 6);
          window.load(part);
          from = part.header.next;
        }
        expect([window.readShare, window.isRead(0)]).toEqual([1, true]);
        apply((index) => !isEarly[index]);
        if (header.per === 256) {
          const found = Array.from({ length: header.count }, (_, cell) => window.getBlock(cell));
          expect(found).toEqual(blocksOf(ends).blocks);
        } else {
          const found = ends.map((_, index) => window.getCell(targets.toPosition(index)));
          expect(found.map((cell) => [cell?.status, cell?.attempt])).toEqual(
            ends.map(({ status, attempt }) => [status, attempt]),
          );
        }
      }
    }),
  );
});

it('a part of the addresses is read, and the rest shows changes alone', () => {
  const window = createGridWindow(decodeSnapshot(encodeHeader(headerOf(0, targets.count))));
  const changes = play(targets.toIndex(12), ['ASSIGNED', 'SCANNING']).changes;
  expect(window.apply(changes)).toEqual([12]);
  expect(window.load(snapshotOf(6, 6, []))).toEqual([6, 7, 8, 9, 10, 11]);
  expect([window.isRead(6), window.isRead(12), window.getCell(12)?.status]).toEqual([true, false, 'SCANNING']);
  expect(window.readShare).toBe(6 / targets.count);
});

it('a lost change is seen by the sums, and the next snapshot has it', () => {
  const { cells, changes } = play(3, ['ASSIGNED', 'SCANNING', 'FAILED', 'SCANNING', 'COMPLETED']);
  const states = Array.from({ length: targets.count }, (_, index) => (index === 3 ? cells.at(-1)! : UNTOUCHED));
  const window = createGridWindow(
    snapshotOf(
      0,
      targets.count,
      states.map(() => UNTOUCHED),
    ),
  );
  const progress = {
    pending_count: targets.count - 1,
    completed_count: 1,
    assigned_count: 0,
    scanning_count: 0,
    retry_count: 0,
    failed_count: 0,
    timeout_count: 0,
    cancelled_count: 0,
  };
  window.apply(changes.slice(0, -1));
  expect(isLikeProgress(window.counts, progress, false)).toBe(false);
  expect(window.load(snapshotOf(0, targets.count, states))).toEqual([targets.toPosition(3)]);
  expect(isLikeProgress(window.counts, progress, false)).toBe(true);
  // In an ended task the untouched count as cancelled.
  const ended = { ...progress, pending_count: 0, cancelled_count: targets.count - 1 };
  expect([isLikeProgress(window.counts, ended, true), isLikeProgress(window.counts, ended, false)]).toEqual([
    true,
    false,
  ]);
});

it('finds the address, the index and the position of a subtask from each other', () => {
  const window = createGridWindow(snapshotOf(2, 15, []));
  for (let position = 0; position < targets.count; position++) {
    const index = targets.toIndex(position);
    expect([window.toIndex(position), window.toPosition(index)]).toEqual([index, position]);
    const isInside = position >= 2 && position < 17;
    const address = targets.member(index);
    expect(window.toAddress(position)).toBe(isInside ? address : undefined);
    expect(window.findPosition(address)).toBe(isInside ? position : undefined);
  }
  expect(window.findPosition('nonsense')).toBeUndefined();
});

it('counts blocks by status', () => {
  const starts = [0, 10, 18, 20];
  const before = createBlockCounts(starts);
  before.add([{ status: 'FAILED', has_open_ports: false, positions: [0, 9, 10, 99] }]);
  const counts = before.copy();
  before.add([{ status: 'FAILED', has_open_ports: false, positions: [2] }]);
  counts.add([{ status: 'COMPLETED', has_open_ports: true, positions: [1, 19] }]);
  const bytes = encodeBlocks({ ...headerOf(0, 20), per: 256, count: 3, total_cells: 3 }, counts);
  const { blocks } = decodeSnapshot(bytes);
  expect(blocks.map(({ counts, open_ports }) => [counts.PENDING, counts.FAILED, counts.COMPLETED, open_ports])).toEqual(
    [
      [7, 2, 1, 1],
      [7, 1, 0, 0],
      [1, 0, 1, 1],
    ],
  );
});
