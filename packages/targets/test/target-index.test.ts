import fc from 'fast-check';
import { appendTargets, createTargetIndex, parseTargets, type TargetSegment, toSegment } from '../src';
import { SPACE, samples } from './small-space';

const options = fc.record({ order: fc.constantFrom('permuted' as const, 'sequential' as const), seed: fc.integer() });
const additions = fc.array(fc.tuple(samples, options), { minLength: 1, maxLength: 4 });

function list(segments: TargetSegment[]): string[] {
  const index = createTargetIndex(segments);
  return Array.from({ length: index.count }, (_, i) => index.member(i));
}

it('every target has one index that leads back to it, whatever was added in which order', () => {
  fc.assert(
    fc.property(additions, (added) => {
      let segments: TargetSegment[] = [];
      for (const [{ text }, how] of added) segments = appendTargets(segments, parseTargets(text), how);
      const index = createTargetIndex(segments);
      const wanted = new Set(added.flatMap(([{ members }]) => members));
      expect(new Set(list(segments))).toEqual(wanted);
      expect(index.count).toBe(wanted.size);
      list(segments).forEach((address, i) => {
        expect(index.indexOf(address)).toBe(i);
      });
      for (const address of SPACE) if (!wanted.has(address)) expect(index.indexOf(address)).toBe(-1);
    }),
  );
});

it('added targets never move an earlier index', () => {
  fc.assert(
    fc.property(additions, (added) => {
      let segments: TargetSegment[] = [];
      for (const [{ text }, how] of added) {
        const before = list(segments);
        segments = appendTargets(JSON.parse(JSON.stringify(segments)), parseTargets(text), how);
        expect(list(segments).slice(0, before.length)).toEqual(before);
      }
    }),
  );
});

it('a sequential segment keeps the order of its set', () => {
  const segment = toSegment(parseTargets('10.0.0.9 10.0.0.1-3 ::1'), { order: 'sequential', seed: 1 });
  expect(segment).toEqual({ targets: '10.0.0.1-3,10.0.0.9,::1', count: 5, order: 'sequential', seed: 1 });
  expect(list([segment])).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.9', '::1']);
});

it('a permuted segment visits networks in turn', () => {
  const addresses = list([toSegment(parseTargets('10.0.0.0/20'), { order: 'permuted', seed: 5 })]);
  addresses.slice(1).forEach((address, i) => {
    expect(address.split('.')[2]).not.toBe(addresses[i]!.split('.')[2]);
  });
});

it('all of IPv4 is one segment', () => {
  const index = createTargetIndex([toSegment(parseTargets('0.0.0.0/0'), { order: 'permuted', seed: 99 })]);
  expect(index.count).toBe(2 ** 32);
  for (const i of [0, 1, 2 ** 31, 2 ** 32 - 1]) expect(index.indexOf(index.member(i))).toBe(i);
});

it('an address in another form is the same target', () => {
  const index = createTargetIndex([toSegment(parseTargets('2001:db8::/120'), { order: 'permuted', seed: 2 })]);
  expect(index.indexOf('2001:0DB8:0:0::00aB')).toBe(index.indexOf('2001:db8::ab'));
  expect(index.indexOf('2001:db8::ab')).toBeGreaterThanOrEqual(0);
  for (const junk of ['', 'junk', '::ffff:10.0.0.1', '10.0.0.1']) expect(index.indexOf(junk)).toBe(-1);
});

it('an index without segments has no targets', () => {
  expect(createTargetIndex([]).count).toBe(0);
  expect(createTargetIndex([]).indexOf('10.0.0.1')).toBe(-1);
  expect(() => createTargetIndex([]).member(0)).toThrow(RangeError);
});

it.each([-1, 256, 0.5, Number.NaN])('member %d of 256 is out of range', (i) => {
  const index = createTargetIndex([toSegment(parseTargets('10.0.0.0/24'), { order: 'permuted', seed: 1 })]);
  expect(() => index.member(i)).toThrow(RangeError);
});

it('adding nothing new adds no segment', () => {
  const segments = appendTargets([], parseTargets('10.0.0.0/24'), { order: 'sequential', seed: 0 });
  expect(appendTargets(segments, parseTargets('10.0.0.7'), { order: 'permuted', seed: 3 })).toEqual(segments);
});

describe('refused', () => {
  const segment = toSegment(parseTargets('10.0.0.0/24'), { order: 'permuted', seed: 1 });
  const rest = { order: 'permuted', seed: 1 } as const;

  it.each([
    ['another count than its targets have', [{ ...segment, count: 255 }], 'segment'],
    ['targets of an earlier segment', [segment, { ...segment, targets: '10.0.0.9', count: 1 }], 'segment'],
    ['text that does not parse', [{ ...segment, targets: '10.0.0.0/33' }], 'prefix'],
    [
      'more than 2^32 in all',
      [toSegment(parseTargets('0.0.0.0/0'), rest), toSegment(parseTargets('::1'), rest)],
      'too-many',
    ],
  ])('an index over %s', (_name, segments, reason) => {
    expect(() => createTargetIndex(segments)).toThrow(expect.objectContaining({ reason }));
  });

  it('a segment of nothing, and one of more than 2^32', () => {
    const nothing = parseTargets('::1').minus(parseTargets('::1'));
    expect(() => toSegment(nothing, rest)).toThrow(expect.objectContaining({ reason: 'empty' }));
    expect(() => toSegment(parseTargets('2001:db8::/64'), rest)).toThrow(
      expect.objectContaining({ reason: 'too-many', limit: 2 ** 32 }),
    );
    const all = [toSegment(parseTargets('0.0.0.0/0'), rest)];
    expect(() => appendTargets(all, parseTargets('::1'), rest)).toThrow(
      expect.objectContaining({ reason: 'too-many' }),
    );
  });
});
