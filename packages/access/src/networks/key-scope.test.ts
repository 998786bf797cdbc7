import { parseTargets } from '@cyberstroll/targets';
import { createKeyScope } from './key-scope';

it.each<[string[], string, boolean]>([
  [['10.1.0.0/16'], '10.1.0.0/16', true],
  [['10.1.0.0/16'], '10.1.0.0-10.2.0.0', false],
  [['10.1.0.0/16'], '10.1.2.3,10.2.0.1', false],
  [['10.1.0.0/17', '10.1.128.0/17'], '10.1.0.0/16', true],
  [['10.1.0.0/16', '2001:db8::/32'], '10.1.2.3,2001:db8::1', true],
  [['::/0'], '10.1.2.3', false],
  [['0.0.0.0/0'], '::1', false],
  [['::/0', '0.0.0.0/0'], '10.1.2.3,2001:db8::/32', true],
])('%j covers %s: %s', (networks, targets, isCovered) => {
  expect(createKeyScope(networks).covers(parseTargets(targets))).toBe(isCovered);
});

it('covers targets in more than 64 pieces only if what lies between the joined ones is inside, too', () => {
  const apart = (step: number) => Array.from({ length: 70 }, (_, i) => `10.1.${i * step}.1`).join(',');
  const networks = Array.from({ length: 64 }, (_, i) => `10.1.${i}.0/24`);
  expect(createKeyScope(['10.1.0.0/16']).covers(parseTargets(apart(3)))).toBe(true);
  const singles = Array.from({ length: 70 }, (_, i) => `10.1.0.${i * 2}`);
  const scope = createKeyScope(singles);
  expect(scope.findOutside(parseTargets(singles.join(',')))).toBeUndefined();
  expect(scope.covers(parseTargets(singles.join(',')))).toBe(false);
  expect(createKeyScope(networks).ranges).toHaveLength(1);
});
