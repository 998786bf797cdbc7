import { taskConfigSchema } from '@cyberstroll/contracts';
import fc from 'fast-check';
import { decideRetry } from './decide-retry';

const config = taskConfigSchema.parse({ retry_delay: 2, max_retry_delay: 10 });
const failure = { error_code: 'INTERNAL_ERROR', retry_count: 0, max_retries: 3, node_losses: 0 };

it('retries what is retryable, up to max_retries', () => {
  expect(decideRetry(failure, config, 0.5)).toEqual({ retry: true, delayMs: 1_000, free: false });
  expect(decideRetry({ ...failure, retry_count: 3 }, config, 0.5)).toEqual({
    retry: false,
    error_code: 'INTERNAL_ERROR',
  });
  expect(decideRetry({ ...failure, error_code: 'OUT_OF_SCOPE' }, config, 0.5)).toMatchObject({ retry: false });
});

it('lets a task overrule the table', () => {
  const overruled = { ...config, retryable: { OUT_OF_SCOPE: true, INTERNAL_ERROR: false } };
  expect(decideRetry({ ...failure, error_code: 'OUT_OF_SCOPE' }, overruled, 0)).toMatchObject({ retry: true });
  expect(decideRetry(failure, overruled, 0)).toMatchObject({ retry: false });
});

it('retries the loss of a node for free, the first at once and more of them after a moment, until too many were lost', () => {
  const lost = { ...failure, error_code: 'NODE_LOST', retry_count: 3 };
  const delays = [0, 1, 2, 3, 4].map((node_losses) => decideRetry({ ...lost, node_losses }, config, 0.9));
  expect(delays).toEqual([0, 0, 450, 900, 1_800].map((delayMs) => ({ retry: true, delayMs, free: true })));
  expect(decideRetry({ ...lost, node_losses: 5 }, config, 0.9)).toEqual({
    retry: false,
    error_code: 'NODE_LOST_LIMIT',
  });
});

it('waits for a random part of the capped exponential, for every retry', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 99 }),
      fc.record({
        retry_delay: fc.integer({ min: 0, max: 3_600 }),
        max_retry_delay: fc.integer({ min: 0, max: 3_600 }),
      }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (retry_count, delays, random) => {
        let ceiling = delays.retry_delay;
        for (let i = 0; i < retry_count; i++) ceiling *= 2;
        expect(decideRetry({ ...failure, retry_count, max_retries: 100 }, { ...config, ...delays }, random)).toEqual({
          retry: true,
          free: false,
          delayMs: Math.floor(random * Math.min(delays.max_retry_delay, ceiling) * 1_000),
        });
      },
    ),
  );
});

it('waits two seconds at most for what costs no retry, however many were spent, and ends what too many nodes were lost under', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('NODE_LOST', 'NODE_DRAINING'),
      fc.nat(9),
      fc.integer({ min: 0, max: 99 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (error_code, node_losses, retry_count, random) => {
        const decision = decideRetry({ ...failure, error_code, node_losses, retry_count }, config, random);
        const isSpent = error_code === 'NODE_LOST' && node_losses >= 5;
        expect(decision).toMatchObject(isSpent ? { retry: false } : { retry: true, free: true });
        if (decision.retry) expect(decision.delayMs >= 0 && decision.delayMs < 2_000).toBe(true);
      },
    ),
  );
});
