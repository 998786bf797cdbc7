import fc from 'fast-check';
import { findGaps } from './mend-ledger';

const stretch = (first_index: number, count: number) => ({ first_index, count });

describe('findGaps', () => {
  it.each<[string, ReturnType<typeof stretch>[], number, ReturnType<typeof stretch>[]]>([
    ['an empty ledger', [], 3, [stretch(0, 3)]],
    ['a whole one', [stretch(2, 2), stretch(0, 2)], 4, []],
    ['one in the middle', [stretch(0, 1), stretch(3, 2)], 5, [stretch(1, 2)]],
    ['more than a job holds', [], 1_100, [stretch(0, 500), stretch(500, 500), stretch(1_000, 100)]],
    ['what is not sent out yet', [stretch(4, 4)], 4, [stretch(0, 4)]],
    ['chunks that overlap', [stretch(0, 6), stretch(2, 1)], 8, [stretch(6, 2)]],
  ])('%s', (_name, chunks, cursor, expected) => {
    expect(findGaps(chunks, cursor)).toEqual(expected);
  });

  it('covers what no chunk covers, and nothing else', () => {
    const chunks = fc.array(fc.record({ first_index: fc.nat(60), count: fc.nat(9) }));
    fc.assert(
      fc.property(chunks, fc.nat(60), (known, cursor) => {
        const times = new Array<number>(cursor).fill(0);
        const isKnown = (index: number) =>
          known.some(({ first_index, count }) => index >= first_index && index < first_index + count);
        for (const { first_index, count } of findGaps(known, cursor)) {
          for (let index = first_index; index < first_index + count; index++) times[index]!++;
        }
        expect(times).toEqual(times.map((_, index) => (isKnown(index) ? 0 : 1)));
      }),
    );
  });
});
