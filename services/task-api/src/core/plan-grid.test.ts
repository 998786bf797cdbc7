import { createTargetIndex, parseTargets, toSegment } from '@cyberstroll/targets';
import { planGrid } from './plan-grid';

const targets = createTargetIndex([toSegment(parseTargets('10.0.0.0/8'), { order: 'permuted', seed: 1 })]);
const plan = (window: { from?: number; count?: number; per?: 1 | 256 | 65_536 }) =>
  planGrid(targets, targets.count, { from: 0, count: 65_536, per: 1, ...window });

it('of a small window of a large permuted task, names its indexes', () => {
  for (const window of [
    { from: 9_000, count: 16 },
    { from: 3, count: 256, per: 256 as const },
  ]) {
    const { query, length, position } = plan(window);
    expect(query!.indexes).toHaveLength(length);
    expect((query!.indexes as number[])[2]).toBe(targets.toIndex(position + 2));
  }
});

it('reads all of the task for a window of most of it', () => {
  for (const window of [{ per: 256 as const }, { per: 65_536 as const, from: 1, count: 9 }]) {
    expect(plan(window).query!.indexes).toEqual({ first: 0, last: 2 ** 24 - 1 });
  }
});

it('reads the range of a window in sequential order', () => {
  const sequential = createTargetIndex([toSegment(parseTargets('10.0.0.0/8'), { order: 'sequential', seed: 1 })]);
  const window = { from: 5, count: 2, per: 65_536 } as const;
  expect(planGrid(sequential, sequential.count, window)).toMatchObject({
    position: 327_680,
    length: 131_072,
    count: 2,
    total_cells: 256,
    query: { indexes: { first: 327_680, last: 458_751 }, inDetail: false },
  });
});

it('names the indexes of a sixteenth of a permuted /16, and reads the whole of it in a row', () => {
  const sixteen = createTargetIndex([toSegment(parseTargets('10.0.0.0/16'), { order: 'permuted', seed: 1 })]);
  const read = (count: number) => planGrid(sixteen, 65_536, { from: 0, count, per: 1 }).query!.indexes;
  expect([read(4_096)].flat()).toHaveLength(4_096);
  expect(read(65_536)).toEqual({ first: 0, last: 65_535 });
});
