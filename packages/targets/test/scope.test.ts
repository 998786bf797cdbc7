import fc from 'fast-check';
import { createTargetSet, DEFAULT_SCOPE, parseScope, parseTargets } from '../src';
import { SPACE, samples } from './small-space';

const deniedText = (text: string) =>
  text
    .split(', ')
    .map((entry) => `!${entry}`)
    .join(' ');

it('a scope allows what an entry allows and none denies, as the naive expansion does', () => {
  fc.assert(
    fc.property(samples, samples, samples, fc.boolean(), (allow, deny, targets, denyFirst) => {
      const texts = [allow.text, deniedText(deny.text)];
      const scope = parseScope((denyFirst ? texts.reverse() : texts).join(', '));
      const isInside = (address: string) => allow.members.includes(address) && !deny.members.includes(address);
      for (const address of SPACE) {
        expect(scope.allows(address)).toBe(isInside(address));
        expect(parseScope(scope.toText()).allows(address)).toBe(isInside(address));
      }
      const outside = targets.members.filter((address) => !isInside(address));
      const found = scope.findOutside(parseTargets(targets.text));
      if (found === undefined) expect(outside).toEqual([]);
      else {
        const interval = parseTargets(found);
        expect(interval.member(0)).toBe(outside[0]);
        for (let n = 0n; n < interval.count; n++) expect(outside).toContain(interval.member(n));
      }
    }),
  );
});

it('the default scope is loopback', () => {
  const scope = parseScope(DEFAULT_SCOPE);
  for (const inside of ['127.0.0.1', '127.255.255.255', '::1', '0:0:0:0:0:0:0:1'])
    expect(scope.allows(inside)).toBe(true);
  for (const outside of ['128.0.0.0', '10.0.0.1', '0.0.0.0', '::', '::2']) expect(scope.allows(outside)).toBe(false);
  expect(scope.findOutside(parseTargets('127.0.0.0/16, ::1'))).toBeUndefined();
});

it('the first target outside is named', () => {
  const scope = parseScope('10.0.0.0/8 !10.1.0.0/16 2001:db8::/32');
  expect(scope.findOutside(parseTargets('10.0.0.0/8'))).toBe('10.1.0.0/16');
  expect(scope.findOutside(parseTargets('10.2.0.0/16, 192.0.2.7, 198.51.100.0/24'))).toBe('192.0.2.7');
  expect(scope.findOutside(parseTargets('10.0.255.0-10.1.0.9'))).toBe('10.1.0.0-9');
  expect(scope.findOutside(parseTargets('2001:db8::1 ::1'))).toBe('::1');
  expect(scope.findOutside(createTargetSet({ include: '10.0.0.0/8', exclude: '10.1.0.0/16' }))).toBeUndefined();
});

it('deny wins over a narrower allow', () => {
  expect(parseScope('10.0.0.0/8 !10.0.0.0/16 10.0.0.1').allows('10.0.0.1')).toBe(false);
});

it.each(['', ' , ', '!10.0.0.0/8'])('the scope %j allows nothing', (text) => {
  const scope = parseScope(text);
  expect(scope.allows('127.0.0.1')).toBe(false);
  expect(scope.findOutside(parseTargets('127.0.0.1'))).toBe('127.0.0.1');
  expect(parseScope(scope.toText()).toText()).toBe(scope.toText());
});

it('the text keeps denials', () => {
  expect(parseScope('!10.1.0.0/16,10.0.0.0/9 10.128.0.0/9').toText()).toBe('10.0.0.0/8, !10.1.0.0/16');
});

it('no IPv4-mapped form slips past, however wide the scope', () => {
  const scope = parseScope('::/0 127.0.0.0/8 !127.0.0.1');
  for (const mapped of ['::ffff:127.0.0.1', '::ffff:127.0.0.2', '::ffff:7f00:1', '0:0:0:0:0:FFFF:7F00:0001']) {
    expect(scope.allows(mapped)).toBe(false);
    expect(() => parseTargets(mapped)).toThrow(expect.objectContaining({ reason: 'ipv4-mapped' }));
    expect(() => parseScope(mapped)).toThrow(expect.objectContaining({ reason: 'ipv4-mapped' }));
    expect(parseTargets('::/0').has(mapped)).toBe(false);
  }
  expect(scope.findOutside(parseTargets('::/64'))).toBeUndefined();
  for (const { first, last } of parseTargets('::/64').intervals) {
    expect(last < 0xffff_0000_0000n || first > 0xffff_ffff_ffffn).toBe(true);
  }
});

it.each(['', 'junk', 'localhost', '127.1', '0177.0.0.1', '127.0.0.1/32', '127.0.0.1 ', '::1%lo'])(
  'text that is no address (%j) is outside',
  (text) => {
    expect(parseScope('0.0.0.0/0 ::/0').allows(text)).toBe(false);
  },
);

it.each([
  ['10.0.0.0/33', '10.0.0.0/33', 'prefix'],
  ['10.0.0.0/8 !10.0.0.0/33', '10.0.0.0/33', 'prefix'],
  ['10.0.0.0/8 ! 10.0.0.1', '!', 'malformed'],
  ['!!10.0.0.0/8', '!10.0.0.0/8', 'malformed'],
])('the scope %j is refused for its entry', (text, entry, reason) => {
  expect(() => parseScope(text)).toThrow(expect.objectContaining({ entry, reason }));
});
