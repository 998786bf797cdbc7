import fc from 'fast-check';
import type { Chunk } from '../mongodb/models/documents';
import { joinNeighbours } from './join-neighbours';

const toChunk = (task_id: string, first_index: number, count: number): Chunk => ({
  task_id,
  first_index,
  count,
  dispatched_time: new Date(0),
  settled: false,
});

it('joins neighbours of one task, in any order, up to 10,000 indexes', () => {
  const chunks = [
    toChunk('b', 0, 4),
    toChunk('a', 8, 4),
    toChunk('a', 4, 4),
    toChunk('a', 20, 1),
    toChunk('b', 4, 9_997),
  ];
  const short = joinNeighbours(chunks).map(({ task_id, first, end }) => [task_id, first, end]);
  expect(short).toEqual([
    ['a', 4, 12],
    ['a', 20, 21],
    ['b', 0, 4],
    ['b', 4, 10_001],
  ]);
});

it('has every chunk once, inside of its neighbours', () => {
  const chunk = fc.tuple(fc.constantFrom('a', 'b'), fc.nat(100), fc.integer({ min: 1, max: 9_000 }));
  fc.assert(
    fc.property(fc.array(chunk), (shapes) => {
      const chunks = shapes.map((shape) => toChunk(...shape));
      const joined = joinNeighbours(chunks);
      expect(new Set(joined.flatMap((each) => each.chunks))).toEqual(new Set(chunks));
      for (const { task_id, first, end, chunks: neighbours } of joined) {
        for (const { first_index, count, ...each } of neighbours)
          expect(each.task_id === task_id && first_index >= first && first_index + count <= end).toBe(true);
      }
    }),
  );
});
