import { createTargetIndex, parseTargets, toSegment } from '@cyberstroll/targets';
import { findBlocks } from './blocks';

const rangesOf = (text: string) => {
  const index = createTargetIndex([toSegment(parseTargets(text), { order: 'permuted', seed: 1 })]);
  return index.toRanges(0, index.count);
};

it.each([
  ['10.0.0.0/22', 256, [0, 256, 512, 768, 1024]],
  // An excluded address moves no border.
  ['10.0.0.0-4,10.0.0.6-10.0.2.255', 256, [0, 255, 511, 767]],
  ['10.0.0.250-10.0.1.9', 256, [0, 6, 16]],
  ['10.0.0.7,10.0.0.9,10.0.5.1,10.1.0.0', 256, [0, 2, 3, 4]],
  ['10.0.0.7,10.0.0.9,10.0.5.1,10.1.0.0', 65_536, [0, 3, 4]],
  ['10.0.0.0/15', 65_536, [0, 65_536, 131_072]],
  ['0.0.0.255,2001:db8::/119', 256, [0, 1, 257, 513]],
] as const)('%s in blocks of %d begins at %j', (text, per, starts) => {
  expect(findBlocks(rangesOf(text), per)).toEqual({ total: starts.length - 1, starts });
});

it('a window of blocks is a part of all of them, also by the ranges of the window alone', () => {
  const text = '10.0.0.250-10.0.7.9,10.0.7.20-10.0.9.1,10.9.0.0/23';
  const index = createTargetIndex([toSegment(parseTargets(text), { order: 'sequential', seed: 1 })]);
  const { total, starts } = findBlocks(index.toRanges(0, index.count), 256);
  for (let from = 0; from <= total; from++) {
    for (let count = 1; from + count <= total; count++) {
      const window = findBlocks(index.toRanges(0, index.count), 256, { from, count });
      expect(window).toEqual({ total, starts: from < total ? starts.slice(from, from + count + 1) : [] });
      const [position, end] = [window.starts[0]!, window.starts.at(-1)!];
      const ranges = index.toRanges(position, end - position);
      expect(findBlocks(ranges, 256, { position })).toEqual({ total: count, starts: window.starts });
    }
  }
  expect(findBlocks(rangesOf('10.0.0.0/8'), 256).total).toBe(65_536);
});
