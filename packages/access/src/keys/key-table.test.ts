import type { ApiKey } from '@cyberstroll/contracts';
import { createKeyTable } from './key-table';

const at = (seconds: number) => new Date(seconds * 1_000);
const key = (change: Partial<ApiKey> = {}): ApiKey => ({
  key_id: 'a'.repeat(24),
  name: 'team-a',
  role: 'viewer',
  created_time: at(0),
  created_by: 'ada',
  digest: 'd1',
  generation: 1,
  active: true,
  change: 1,
  ...change,
});
const rotated = { digest: 'd2', old_digest: 'd1', old_secret_until: at(10), generation: 2 };

/** By digest, at which seconds its secret is valid. */
const validTimes = (changes: readonly ApiKey[], digests: string[]) => {
  const table = createKeyTable();
  for (const change of changes) table.apply([change]);
  const isValid = (digest: string, second: number) => table.findCaller(digest, at(second)) !== undefined;
  return Object.fromEntries(digests.map((digest) => [digest, [0, 9, 10, 99].filter((each) => isValid(digest, each))]));
};

describe('which secrets are valid, and when', () => {
  it.each<[string, ApiKey[], Record<string, number[]>]>([
    ['a new key', [key()], { d1: [0, 9, 10, 99], d2: [] }],
    ['a key that expires', [key({ expires_time: at(10) })], { d1: [0, 9] }],
    ['a rotated one', [key(), key({ digest: 'd2', generation: 2 })], { d1: [], d2: [0, 9, 10, 99] }],
    ['a rotated one with grace', [key(), key(rotated)], { d1: [0, 9], d2: [0, 9, 10, 99] }],
    [
      'one that is rotated again meanwhile',
      [key(), key(rotated), key({ ...rotated, digest: 'd3', old_digest: 'd2', generation: 3 })],
      { d1: [], d2: [0, 9], d3: [0, 9, 10, 99] },
    ],
    [
      'one whose older secrets stay, too',
      [
        key(rotated),
        key({
          ...rotated,
          digest: 'd3',
          old_digest: 'd2',
          generation: 3,
          older_secrets: [{ digest: 'd1', generation: 1, until: at(9) }],
        }),
      ],
      { d1: [0], d2: [0, 9], d3: [0, 9, 10, 99] },
    ],
    ['one that expires within the grace', [key({ ...rotated, expires_time: at(9) })], { d1: [0], d2: [0] }],
    ['a revoked one', [key(rotated), key({ ...rotated, active: false })], { d1: [], d2: [] }],
  ])('of %s', (_name, changes, times) => {
    expect(validTimes(changes, Object.keys(times))).toEqual(times);
  });
});

it('says who calls, and finds the same caller by the secret that a ticket names', () => {
  const table = createKeyTable();
  table.apply([key({ ...rotated, requests_per_minute: 5 })]);
  const of = (generation: number) => ({ key_id: 'a'.repeat(24), generation });
  const caller = { name: 'team-a', role: 'viewer', requestsPerMinute: 5 };
  expect(table.findCaller('d2', at(0))).toEqual({ ...caller, key: of(2) });
  expect(table.findCaller('d1', at(0))).toEqual({ ...caller, key: of(1) });
  expect(table.findHolder(of(1), at(9))).toEqual({ ...caller, key: of(1) });
  expect([of(0), of(1), of(3)].map((ref) => table.findHolder(ref, at(10)))).toEqual([undefined, undefined, undefined]);
});
