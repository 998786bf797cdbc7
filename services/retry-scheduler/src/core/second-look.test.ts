import type { LedgerChunk, ResendReason } from './find-left-queue';
import { lookAgain, type Suspects } from './second-look';

const START = new Date('2026-01-01T12:00:00Z');
const at = (ms: number) => new Date(START.getTime() + ms);
const chunk = (first_index: number, dispatched_time = at(-60_000)): LedgerChunk => ({
  task_id: 't1',
  first_index,
  count: 10,
  dispatched_time,
});

/** Looks at each of these times, and says which of them confirmed the chunk. */
function look(reason: ResendReason, timesMs: readonly number[], toChunk = (_: number) => chunk(0)): number[] {
  let suspects: Suspects = new Map();
  return timesMs.filter((ms) => {
    const answer = lookAgain(suspects, [{ chunk: toChunk(ms), reason }], at(ms));
    suspects = answer.suspects;
    return answer.confirmed.length > 0;
  });
}

it.each<[ResendReason, number[], number[]]>([
  ['dropped', [0, 1_000, 2_000], [2_000]],
  ['silent', [0, 1_999, 2_000], [2_000]],
  ['lost', [0, 1_000, 5_999, 6_000], [6_000]],
])('confirms a %s chunk at the looks %j only at %j', (reason, looksMs, expected) => {
  expect(look(reason, looksMs)).toEqual(expected);
});

it('never confirms a chunk at its first look', () => {
  expect(look('dropped', [0])).toEqual([]);
});

it('starts again for a chunk that no look has found for a minute', () => {
  expect(look('lost', [0, 60_000])).toEqual([60_000]);
  expect(look('lost', [0, 60_001])).toEqual([]);
});

it('starts again for a chunk that was sent again meanwhile', () => {
  const sentAgainAt = 3_000;
  expect(look('lost', [0, 6_000], (ms) => chunk(0, at(ms < sentAgainAt ? -60_000 : sentAgainAt)))).toEqual([]);
});

it('keeps the chunks of one look apart', () => {
  const { suspects } = lookAgain(new Map(), [{ chunk: chunk(0), reason: 'lost' as const }], at(0));
  const found = [0, 10].map((first) => ({ chunk: chunk(first), reason: 'lost' as const }));
  expect(lookAgain(suspects, found, at(6_000)).confirmed.map(({ chunk: { first_index } }) => first_index)).toEqual([0]);
});
