import { createTargetSet } from './create-target-set';
import { TargetError } from './target-error';

it('exclusions are left out, by arithmetic', () => {
  const set = createTargetSet({ include: '10.0.0.0/8', exclude: '10.1.0.0/16' });
  expect(set.count).toBe(2n ** 24n - 2n ** 16n);
  expect(set.has('10.1.0.0')).toBe(false);
  expect(set.member(2 ** 16)).toBe('10.2.0.0');
});

it.each([undefined, '', ' \n'])('a blank exclusion (%j) excludes nothing', (exclude) => {
  expect(createTargetSet({ include: '10.0.0.0/30', exclude }).count).toBe(4n);
});

it('a set that its exclusions empty is refused', () => {
  expect(() => createTargetSet({ include: '10.0.0.0/24', exclude: '10.0.0.0/8' })).toThrow(
    expect.objectContaining({ reason: 'empty', entry: '10.0.0.0/24', list: 'include' }),
  );
});

it.each([
  ['10.0.0.0/24', 255, '256'],
  ['0.0.0.0/0', 65_536n, '4294967296'],
  ['::/0', 65_536, String(2n ** 128n - 2n ** 32n)],
])('%s is refused beyond a maximum of %d, naming both', (include, maxCount, count) => {
  expect(() => createTargetSet({ include, maxCount })).toThrow(
    new TargetError(include, 'too-many', `${count} addresses; the limit is ${maxCount}`),
  );
  expect(() => createTargetSet({ include, maxCount })).toThrow(
    expect.objectContaining({ reason: 'too-many', entry: include, limit: maxCount }),
  );
});

it('the maximum itself is accepted', () => {
  expect(createTargetSet({ include: '10.0.0.0/24', maxCount: 256 }).count).toBe(256n);
  expect(createTargetSet({ include: '10.0.0.0/24', exclude: '10.0.0.7', maxCount: 255n }).count).toBe(255n);
});

it('a refusal says in which list the entry stood', () => {
  expect(() => createTargetSet({ include: '10.0.0.0/33' })).toThrow(
    expect.objectContaining({ list: 'include', entry: '10.0.0.0/33', limit: 32 }),
  );
  expect(() => createTargetSet({ include: '10.0.0.0/24', exclude: '10.0.0.9-1' })).toThrow(
    expect.objectContaining({ list: 'exclude', entry: '10.0.0.9-1', reason: 'reversed' }),
  );
});
