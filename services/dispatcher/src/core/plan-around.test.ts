import fc from 'fast-check';
import { planAround } from './plan-around';

const toChunks = (counts: readonly number[], first: number) => {
  let next = first;
  return counts.map((count, place) => {
    const chunk = { place, first_index: next, count };
    next += count;
    return chunk;
  });
};

it('sends the written chunks, fills the gaps between them, and continues with the plan after them', () => {
  const planned = toChunks([6, 6, 6], 10);
  const written = [
    { first_index: 10, count: 4 },
    { first_index: 17, count: 3 },
  ];
  expect(planAround(10, planned, written).map(({ first_index, count, place }) => [first_index, count, place])).toEqual([
    [10, 4, 0],
    [14, 2, 0],
    [16, 1, 1],
    [17, 3, 1],
    [20, 2, 1],
    [22, 6, 2],
  ]);
});

it('is consecutive from the cursor, covers plan or ledger, and overlaps nothing that is written', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 });
  const ledger = fc.array(fc.record({ gap: fc.nat(5), count: fc.integer({ min: 1, max: 5 }) }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.nat(20), counts, ledger, (cursor, plan, entries) => {
      let next = cursor;
      const written = entries.map(({ gap, count }) => {
        const chunk = { first_index: next + gap, count };
        next = chunk.first_index + count;
        return chunk;
      });
      const planned = toChunks(plan, cursor);
      const chunks = planAround(cursor, planned, written);
      const stretches = chunks.map(({ first_index, count }) => ({ first_index, count }));
      const counted = toChunks(
        chunks.map(({ count }) => count),
        cursor,
      );
      expect(counted).toMatchObject(stretches);
      const end = chunks.reduce((sum, { count }) => sum + count, cursor);
      expect(end).toBeGreaterThanOrEqual(plan.reduce((sum, count) => sum + count, cursor));
      const firsts = new Set(chunks.map(({ first_index }) => first_index));
      expect(written.filter(({ first_index }) => first_index < end && !firsts.has(first_index))).toEqual([]);
      expect(chunks.filter((chunk) => written.some((each) => overlaps(chunk, each)))).toEqual([]);
    }),
  );

  function overlaps(a: { first_index: number; count: number }, b: { first_index: number; count: number }): boolean {
    const isSame = a.first_index === b.first_index && a.count === b.count;
    return !isSame && a.first_index < b.first_index + b.count && b.first_index < a.first_index + a.count;
  }
});
