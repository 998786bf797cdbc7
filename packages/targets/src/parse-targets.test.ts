import { parseTargets } from './parse-targets';
import { TargetError } from './target-error';

function refusalOf(text: string): TargetError {
  try {
    parseTargets(text);
  } catch (error) {
    if (error instanceof TargetError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

it.each([
  ['10.0.0.1', '10.0.0.1', 1n],
  ['0.0.0.0', '0.0.0.0', 1n],
  ['255.255.255.255', '255.255.255.255', 1n],
  ['10.0.0.0/24', '10.0.0.0/24', 256n],
  ['10.0.0.5/24', '10.0.0.0/24', 256n],
  ['10.0.0.5/31', '10.0.0.4/31', 2n],
  ['10.0.0.5/32', '10.0.0.5', 1n],
  ['200.1.2.3/0', '0.0.0.0/0', 2n ** 32n],
  ['10.0.0.1-10.0.0.50', '10.0.0.1-50', 50n],
  ['10.0.0.1-50', '10.0.0.1-50', 50n],
  ['10.0.0.7-7', '10.0.0.7', 1n],
  ['10.0.0.0-255', '10.0.0.0/24', 256n],
  ['10.0.0.250-10.0.1.5', '10.0.0.250-10.0.1.5', 12n],
  ['10.0.0.1,10.0.0.2', '10.0.0.1-2', 2n],
  [' 10.0.0.1\n\t10.0.0.3 , ,10.0.0.1,', '10.0.0.1,10.0.0.3', 2n],
  ['10.0.0.0/8 10.1.0.0/16', '10.0.0.0/8', 2n ** 24n],
  ['10.0.0.128/25 10.0.0.0/25', '10.0.0.0/24', 256n],
  ['::1', '::1', 1n],
  ['2001:DB8:0:0::/64', '2001:db8::/64', 2n ** 64n],
  ['2001:db8::5/126', '2001:db8::4/126', 4n],
  ['2001:db8::1-2001:db8::5', '2001:db8::1-2001:db8::5', 5n],
  ['64:ff9b::192.0.2.1', '64:ff9b::c000:201', 1n],
  ['::1 10.0.0.1', '10.0.0.1,::1', 2n],
  ['::/64', '::-::fffe:ffff:ffff,::1:0:0:0-::ffff:ffff:ffff:ffff', 2n ** 64n - 2n ** 32n],
])('%j is accepted as %s', (text, compact, count) => {
  const set = parseTargets(text);
  expect(set.toText()).toBe(compact);
  expect(set.count).toBe(count);
});

it.each([
  ['010.0.0.1', 'leading-zero', undefined],
  ['10.0.0.00', 'leading-zero', undefined],
  ['10.0.0.1-010', 'leading-zero', undefined],
  ['0x7f.1', 'malformed', undefined],
  ['0x7f.0.0.1', 'malformed', undefined],
  ['127.1', 'malformed', undefined],
  ['2130706433', 'malformed', undefined],
  ['10.0.0.256', 'octet', 255],
  ['10.0.0.1-300', 'octet', 255],
  ['10.0.0.0/33', 'prefix', 32],
  ['2001:db8::/129', 'prefix', 128],
  ['10.0.0.0/', 'malformed', undefined],
  ['10.0.0.0/08', 'malformed', undefined],
  ['10.0.0.0/-1', 'malformed', undefined],
  ['10.0.0.0/8/8', 'malformed', undefined],
  ['10.0.0.0/255.0.0.0', 'malformed', undefined],
  ['10.0.0.0/24-10.0.1.0', 'malformed', undefined],
  ['/24', 'malformed', undefined],
  ['10.0.0.9-1', 'reversed', undefined],
  ['10.0.1.0-10.0.0.0', 'reversed', undefined],
  ['2001:db8::2-2001:db8::1', 'reversed', undefined],
  ['10.0.0.1-', 'malformed', undefined],
  ['-10.0.0.1', 'malformed', undefined],
  ['10.0.0.1-2-3', 'malformed', undefined],
  ['2001:db8::1-5', 'malformed', undefined],
  ['fe80::1%eth0', 'zone', undefined],
  ['fe80::1%eth0/64', 'zone', undefined],
  ['10.0.0.1-::5', 'mixed-family', undefined],
  ['::5-10.0.0.1', 'mixed-family', undefined],
  ['::ffff:1.2.3.4', 'ipv4-mapped', undefined],
  ['::ffff:0:0/96', 'ipv4-mapped', undefined],
  ['::ffff:102:304', 'ipv4-mapped', undefined],
  ['::1-::ffff:0:5', 'ipv4-mapped', undefined],
  [':::', 'malformed', undefined],
  ['[::1]', 'malformed', undefined],
  ['localhost', 'malformed', undefined],
  ['10.0.0.1:80', 'malformed', undefined],
  ['http://10.0.0.1', 'malformed', undefined],
  ['*', 'malformed', undefined],
  ['10.0.0.*', 'malformed', undefined],
  ['١٠.٠.٠.١', 'malformed', undefined],
  ['!10.0.0.1', 'malformed', undefined],
  ['__proto__', 'malformed', undefined],
])('%j is refused as %s', (entry, reason, limit) => {
  const refusal = refusalOf(`10.9.9.9, ${entry} 10.9.9.8`);
  expect(refusal).toMatchObject({ entry, reason });
  expect(refusal.limit).toBe(limit);
  expect(refusal.message).toContain(`${JSON.stringify(entry)}: `);
  if (limit !== undefined) expect(refusal.message).toContain(String(limit));
});

it.each(['', ' ', ',', ' ,\n, '])('the text %j without an entry is refused as empty', (text) => {
  expect(refusalOf(text)).toMatchObject({ entry: text, reason: 'empty' });
});

it('a refusal is a sentence about its entry', () => {
  expect(refusalOf('10.0.0.0/33').message).toBe('"10.0.0.0/33": the prefix length is more than 32');
});

it('a very long entry is shortened in the message', () => {
  const refusal = refusalOf(`10.0.0.1-${'9'.repeat(100_000)}`);
  expect(refusal.entry).toHaveLength(64);
  expect(refusal.message.length).toBeLessThan(200);
  expect(refusalOf('x'.repeat(100_000)).message.length).toBeLessThan(200);
});

it('control characters of an entry are escaped in the message', () => {
  expect(refusalOf('\u001b[31mred').message).toContain('"\\u001b[31mred"');
});
