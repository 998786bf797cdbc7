import type { ApiKey } from '@cyberstroll/contracts';
import { rotateKey } from './rotate-key';

const at = (seconds: number) => new Date(seconds * 1_000);
const key: ApiKey = {
  key_id: 'a'.repeat(24),
  name: 'team-a',
  role: 'viewer',
  created_time: at(0),
  created_by: 'ada',
  digest: 'd1',
  generation: 1,
  active: true,
  change: 1,
};
const rotate = (before: ApiKey, digest: string, graceSeconds: number, second = 0, rotationId?: string) =>
  rotateKey(before, { digest, graceSeconds, now: at(second), rotationId });

it('without grace ends every older secret', () => {
  const second = rotate(key, 'd2', 60)!;
  expect(rotate(second, 'd3', 0)).toEqual({ ...key, digest: 'd3', generation: 3, rotated_time: at(0), rotations: [] });
});

it('keeps older secrets for the grace at most, and forgets those that have ended', () => {
  const third = rotate(rotate(key, 'd2', 60)!, 'd3', 600, 10)!;
  expect(third).toMatchObject({ old_digest: 'd2', old_secret_until: at(610) });
  expect(third.older_secrets).toEqual([{ digest: 'd1', generation: 1, until: at(60) }]);
  expect(rotate(third, 'd4', 20, 20)?.older_secrets?.map(({ until }) => until)).toEqual([at(40), at(40)]);
  expect(rotate(third, 'd4', 600, 70)?.older_secrets).toEqual([{ digest: 'd2', generation: 2, until: at(610) }]);
});

it('keeps ten older secrets at most, and remembers ten rotations', () => {
  let many = key;
  for (let n = 2; n <= 20; n++) many = rotate(many, `d${n}`, 60, 0, `r${n}`)!;
  expect([many.old_digest, many.older_secrets?.length]).toEqual(['d19', 9]);
  expect(many.rotations).toEqual(Array.from({ length: 10 }, (_, n) => `r${n + 11}`));
});

it('happens once under an id, and never to a revoked key', () => {
  const rotated = rotate(key, 'd2', 0, 0, 'r1')!;
  expect(rotate(rotated, 'd3', 0, 0, 'r1')).toBeUndefined();
  expect(() => rotate({ ...key, active: false }, 'd2', 0)).toThrow(
    expect.objectContaining({ code: 'illegal_transition' }),
  );
});
