import { taskConfigSchema } from '@cyberstroll/contracts';
import fc from 'fast-check';
import { decideRetry } from './retry-policy';

const config = taskConfigSchema.parse({ retry_delay: 2, max_retry_delay: 10 });
const failure = { error_code: 'INTERNAL_ERROR', retry_count: 0, max_retries: 3, node_losses: 0, attempt: 1 };

it('retries retryable errors, up to max_retries', () => {
  expect(decideRetry(failure, config, 0.5)).toEqual({ retry: true, delayMs: 3_000, free: false });
  expect(decideRetry({ ...failure, retry_count: 3 }, config, 0.5)).toEqual({
    retry: false,
    error_code: 'INTERNAL_ERROR',
  });
  expect(decideRetry({ ...failure, error_code: 'OUT_OF_SCOPE' }, config, 0.5)).toMatchObject({ retry: false });
});

it('lets the task’s configuration override the table', () => {
  const overruled = { ...config, retryable: { OUT_OF_SCOPE: true, INTERNAL_ERROR: false } };
  expect(decideRetry({ ...failure, error_code: 'OUT_OF_SCOPE' }, overruled, 0)).toMatchObject({ retry: true });
  expect(decideRetry(failure, overruled, 0)).toMatchObject({ retry: false });
});

it('retries a code that the table does not have, and charges it', () => {
  for (const error_code of ['SOMETHING_NEW', 'constructor']) {
    expect(decideRetry({ ...failure, error_code }, config, 0)).toMatchObject({ retry: true, free: false });
  }
});

it('retries the loss of a node for free, the first at once and more of them after a moment, until too many were lost', () => {
  const lost = { ...failure, error_code: 'NODE_LOST', retry_count: 3 };
  const delays = [0, 1, 2, 3, 4].map((node_losses) => decideRetry({ ...lost, node_losses }, config, 0.9));
  expect(delays).toEqual([0, 0, 475, 950, 1_900].map((delayMs) => ({ retry: true, delayMs, free: true })));
  expect(decideRetry({ ...lost, node_losses: 5 }, config, 0.9)).toEqual({
    retry: false,
    error_code: 'NODE_LOST_LIMIT',
  });
});

it('hands back for free three times, the second and third after a moment; each further time costs a retry', () => {
  const drained = { ...failure, error_code: 'NODE_DRAINING' };
  const decide = (hand_backs: number, retry_count = 0) =>
    decideRetry({ ...drained, hand_backs, retry_count }, config, 0);
  expect([1, 2, 3].map((hand_backs) => decide(hand_backs))).toEqual(
    [0, 250, 500].map((delayMs) => ({ retry: true, delayMs, free: true })),
  );
  expect([4, 5].map((hand_backs) => decide(hand_backs, hand_backs - 4))).toEqual(
    [2_000, 4_000].map((delayMs) => ({ retry: true, delayMs, free: false })),
  );
  expect(decide(7, 3)).toEqual({ retry: false, error_code: 'NODE_DRAINING' });
});

it.each([
  ['what a node does not scan by that method', 'METHOD_UNSUPPORTED'],
  ['what a hold aborted', 'TASK_HELD'],
])('retries for free, however often, %s, each time after a longer delay', (_, error_code) => {
  const refused = { ...failure, error_code, retry_count: 3 };
  const delays = [4, 5, 6, 10, 10_000].map((attempt) => decideRetry({ ...refused, attempt }, config, 0));
  expect(delays).toEqual([250, 500, 1_000, 15_000, 15_000].map((delayMs) => ({ retry: true, delayMs, free: true })));
});

it('retries what a hold aborted although the task says no: a hold only puts a scan off', () => {
  const chosen = { ...config, retryable: { TASK_HELD: false, METHOD_UNSUPPORTED: false } };
  expect(decideRetry({ ...failure, error_code: 'TASK_HELD' }, chosen, 0)).toMatchObject({ retry: true, free: true });
  expect(decideRetry({ ...failure, error_code: 'METHOD_UNSUPPORTED' }, chosen, 0)).toMatchObject({ retry: false });
});

const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

it('never waits shorter than the retry before, whatever the randoms, nor longer than the cap', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 3_600, noNaN: true }),
      fc.double({ min: 0, max: 86_400, noNaN: true }),
      fc.array(anyRandom, { minLength: 1, maxLength: 30 }),
      (retry_delay, max_retry_delay, randoms) => {
        const delays = randoms.map((random, retry_count) => {
          const given = { ...failure, retry_count, max_retries: 100 };
          const decision = decideRetry(given, { ...config, retry_delay, max_retry_delay }, random);
          return decision.retry ? decision.delayMs : Number.NaN;
        });
        const capMs = Math.max(retry_delay, max_retry_delay) * 1_000;
        for (const [i, delayMs] of delays.entries()) {
          expect(delayMs).toBeGreaterThanOrEqual(delays[i - 1] ?? retry_delay * 1_000);
          expect(delayMs).toBeLessThanOrEqual(Math.ceil(capMs));
        }
      },
    ),
  );
});

it('takes a cap below retry_delay for retry_delay', () => {
  expect(decideRetry(failure, { ...config, retry_delay: 20 }, 0.9)).toMatchObject({ delayMs: 20_000 });
});

it('waits two seconds at most for what costs no retry, however many were spent, and ends what too many nodes were lost under', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('NODE_LOST', 'NODE_DRAINING'),
      fc.nat(9),
      fc.integer({ min: 0, max: 99 }),
      anyRandom,
      (error_code, times, retry_count, random) => {
        const counts = { node_losses: times, hand_backs: Math.min(times, 3) };
        const decision = decideRetry({ ...failure, error_code, ...counts, retry_count }, config, random);
        const isSpent = error_code === 'NODE_LOST' && times >= 5;
        expect(decision).toMatchObject(isSpent ? { retry: false } : { retry: true, free: true });
        if (decision.retry) expect(decision.delayMs >= 0 && decision.delayMs <= 2_000).toBe(true);
      },
    ),
  );
});
