import { parseTargets } from './parse-targets';
import { createTargetIndex } from './target-index';
import { appendTargets, toSegment } from './target-segment';
import { createTargetSubset } from './target-subset';

const first = toSegment(parseTargets('10.0.0.0/22 10.0.9.7-200 2001:db8::/120'), { order: 'permuted', seed: 7 });
const segments = appendTargets([first], parseTargets('10.0.4.0/24'), { order: 'sequential', seed: 8 });
const index = createTargetIndex(segments);

it.each([
  ['none', ''],
  ['all', '10.0.0.0-10.0.4.255,10.0.9.7-200,2001:db8::/120'],
  ['some that touch, some alone', '10.0.0.5-9,10.0.3.254-10.0.4.1,10.0.9.200,2001:db8::,2001:db8::fe-2001:db8::ff'],
])('the indexes of %s become their addresses', (_name, text) => {
  const subset = createTargetSubset(segments);
  const wanted = text === '' ? undefined : parseTargets(text);
  for (let n = 0n; n < (wanted?.count ?? 0n); n++) subset.add(index.indexOf(wanted!.member(n)));
  expect(
    parseTargets(`1.1.1.1 ${subset.toSet(100)!.toText()}`)
      .minus(parseTargets('1.1.1.1'))
      .toText(),
  ).toBe(wanted?.toText() ?? '');
});

it('more intervals than the limit are no set, and an unknown index is refused', () => {
  const subset = createTargetSubset(segments);
  for (const ip of ['10.0.0.1', '10.0.0.3', '10.0.0.4']) subset.add(index.indexOf(ip));
  expect(subset.toSet(1)).toBeUndefined();
  expect(subset.toSet(2)?.toText()).toBe('10.0.0.1,10.0.0.3-4');
  expect(() => subset.add(index.count)).toThrow(RangeError);
});
