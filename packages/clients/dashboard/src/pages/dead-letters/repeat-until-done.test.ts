import { type Outcome, repeatUntilDone } from './repeat-until-done';

/** Calls that answer so one after the other; `refused`: the API refuses this one. */
async function repeat(outcomes: (Outcome | 'refused')[], stopAt = Number.POSITIVE_INFINITY) {
  const noted: number[] = [];
  let calls = 0;
  const response = {} as Response;
  const answer = await repeatUntilDone<Outcome>(
    async () => {
      const outcome = outcomes[calls++]!;
      return outcome === 'refused' ? { error: 'no', response } : { data: outcome, response };
    },
    { toOutcome: (outcome) => outcome, noteDone: (done) => noted.push(done), isStopped: () => calls >= stopAt },
  );
  return { calls, noted, error: answer.error };
}
const ONE_CALL = { done: 1_000, more: true };

it('a call is repeated until none is left, and says how many are done', async () => {
  expect(await repeat([ONE_CALL, ONE_CALL, { done: 7, more: false }])).toMatchObject({
    calls: 3,
    noted: [1_000, 2_000, 2_007],
  });
});

it.each([
  ['a call that does none', [ONE_CALL, { done: 0, more: true }], 2],
  ['a refusal', [ONE_CALL, 'refused' as const], 2],
])('%s is the last one', async (_name, outcomes, calls) => {
  expect(await repeat(outcomes)).toMatchObject({ calls, noted: expect.arrayContaining([1_000]) });
});

it('it stops between two calls', async () => {
  expect(await repeat([ONE_CALL, ONE_CALL, ONE_CALL], 2)).toMatchObject({ calls: 2, noted: [1_000, 2_000] });
});
