import { CLAIM_MS, type KeyClaim } from '@cyberstroll/store';
import { testLogger } from '@cyberstroll/testkit';
import type { Request, Response } from 'express';
import type { Answer } from '../answers/answer';
import { setCaller } from '../caller';
import { onceUnderKey } from './idempotency';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const request = { headers: { 'idempotency-key': 'k' }, params: {} } as unknown as Request;
const ID = 'a'.repeat(24);

/** A POST under a key that `claim` answers for. */
function post(claim: () => KeyClaim, handle: () => Promise<Answer>) {
  const idempotency = {
    claim: async () => claim(),
    renew: jest.fn(async () => undefined),
    complete: jest.fn(async () => undefined),
    release: jest.fn(async () => undefined),
  };
  const response = { locals: {} } as Response;
  setCaller(response, { name: 'ada', role: 'admin' }, { watch: () => () => undefined });
  const deps = { store: { idempotency }, logger: testLogger };
  const answer = onceUnderKey(deps, '/api/x', handle)(request, response).catch((error: unknown) => error);
  return { idempotency, answer };
}

/** A POST beside an equal one that ends after this many milliseconds. */
function postBeside(lengthMs: number) {
  const endsAt = performance.now() + lengthMs;
  const done: KeyClaim = { state: 'done', id: ID, answer: { body: 'of the first' } };
  const handle = jest.fn(async () => ({ body: 'of the second' }));
  return { handle, ...post(() => (performance.now() < endsAt ? { state: 'in_use' } : done), handle) };
}

it('waits for the answer of an equal request that is being carried out', async () => {
  const { handle, answer } = postBeside(5_000);
  await jest.advanceTimersByTimeAsync(6_000);
  expect(await answer).toEqual({ body: 'of the first' });
  expect(handle).not.toHaveBeenCalled();
});

it('says when to ask again if that takes longer', async () => {
  const { handle, answer } = postBeside(60_000);
  await jest.advanceTimersByTimeAsync(7_000);
  const details = { field: 'Idempotency-Key', retry_after_seconds: 1 };
  expect(await answer).toMatchObject({ code: 'idempotency_key_in_use', kind: 'conflict', details });
  expect(handle).not.toHaveBeenCalled();
});

it('keeps its claim for as long as the request takes, and no longer', async () => {
  const claim: KeyClaim = { state: 'claimed', key: 'ada:k', owner: 'o', id: ID, isRepeat: false };
  const handle = () => new Promise<Answer>((resolve) => setTimeout(() => resolve({ body: 'late' }), 60_000));
  const { answer, idempotency } = post(() => claim, handle);
  const countRenewals = async (ms: number) => {
    const before = idempotency.renew.mock.calls.length;
    await jest.advanceTimersByTimeAsync(ms);
    return idempotency.renew.mock.calls.length - before;
  };
  for (let part = 0; part < 20; part++) expect(await countRenewals(CLAIM_MS / 2)).toBeGreaterThan(0);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(await answer).toEqual({ body: 'late' });
  expect(idempotency.complete).toHaveBeenCalledWith(claim, { body: 'late' });
  expect(await countRenewals(60_000)).toBe(0);
});
