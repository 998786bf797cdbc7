import { inspectTargets } from './inspect-targets';
import { parseTargets, readTargets } from './parse-targets';
import { parseScope } from './scope';
import { finish, SLICE } from './slices';

it('does not stop at refused entries, and says where each stands', () => {
  const { set, refused, refusedCount } = finish(inspectTargets('10.0.0.1, 10.0.0.0/33 x\n10.0.0.2-3,,::1', 2));
  expect(set.toText()).toBe('10.0.0.1-3,::1');
  expect([refusedCount, refused.map(({ entry, position, error }) => [entry, position, error.reason])]).toEqual([
    2,
    [
      ['10.0.0.0/33', 2, 'prefix'],
      ['x', 3, 'malformed'],
    ],
  ]);
  const many = finish(inspectTargets('a b c d', 2));
  expect([many.refused.length, many.refusedCount, many.set.isEmpty]).toEqual([2, 4, true]);
});

it.each([
  ['10.0.0.1 10.0.0.2', 0n],
  ['10.0.0.1 10.0.0.1 10.0.0.1', 2n],
  ['10.0.0.0/24 10.0.0.255-10.0.1.3', 1n],
  ['::/0', 0n],
  ['::/0 ::5', 1n],
])('%s names %d addresses again', (text, duplicates) => {
  expect(finish(inspectTargets(text, 1)).duplicates).toBe(duplicates);
});

it('finds the entries that have an address outside a scope', () => {
  const inspected = finish(inspectTargets('10.0.0.1 127.0.0.1 127.255.255.255-128.0.0.2 ::1 ::2 9.0.0.0/7', 10));
  const outside = parseScope('127.0.0.0/8, ::1').findAllOutside(inspected.set);
  expect(finish(inspected.findEntriesIn(outside, 3))).toEqual({
    entries: [
      { entry: '10.0.0.1', position: 1 },
      { entry: '127.255.255.255-128.0.0.2', position: 3 },
      { entry: '::2', position: 5 },
    ],
    count: 4,
  });
  expect(finish(inspected.findEntriesIn(inspected.set.minus(parseTargets('::/0 0.0.0.0/0')), 3)).count).toBe(0);
});

it.each([
  ['good', '10.0.0.1,', true],
  ['bad', 'x ', false],
])(
  'a large text of %s entries is read in slices, so that other requests are answered in between',
  (_, entry, isGood) => {
    const text = entry.repeat(100_000);
    const slices = 100_000 / SLICE;
    expect([...inspectTargets(text, 2)]).toHaveLength(slices);
    if (isGood) expect([...readTargets(text)]).toHaveLength(slices);
    const { set, findEntriesIn } = finish(inspectTargets(text, 2));
    expect([...findEntriesIn(set, 2)]).toHaveLength(isGood ? slices : 0);
  },
);
