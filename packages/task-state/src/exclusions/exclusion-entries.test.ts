import { toPortsText } from '@cyberstroll/contracts';
import { finish, SLICE } from '@cyberstroll/targets';
import { compareEntries, parseExclusionEntries, toExclusionTextLine, toListInForce } from './exclusion-entries';

const read = (text: string) => finish(parseExclusionEntries(text));
const ENTRIES = [
  { target: '10.1.2.3', note: 'a heart monitor' },
  { target: '10.1.3.0/24', ports: '515,9100', note: 'printers, two' },
  { target: '10.1.4.10-20' },
  { target: '2001:db8::/64' },
];

it.each([
  [
    'plain text',
    '# all\n10.1.2.3 # a heart monitor\n10.1.3.7/24 9100 515,9100# printers, two\n\n10.1.4.10-20\n2001:DB8::/64',
  ],
  [
    'CSV',
    '\ufeffnote,"Target",ports\r\na heart monitor,10.1.2.3,\r\n"printers, two",10.1.3.0/24,"9100, 515"\r\n,10.1.4.10-20,\r\n,2001:db8::/64,\r\n',
  ],
])('reads %s, and writes it back', (_name, text) => {
  const found = read(text);
  expect(found).toEqual({ entries: ENTRIES, faults: [] });
  expect(read(ENTRIES.map(toExclusionTextLine).join('')).entries).toEqual(ENTRIES);
});

it('says what is wrong by line, of 20 lines, and takes an entry that is repeated once', () => {
  const { faults } = read('10.0.0.0/33\n10.0.0.1\n10.0.0.1 99999\n10.0.0.1 # \u202e\n, 5');
  expect(faults.map(({ line }) => line)).toEqual([1, 3, 4, 5]);
  expect(faults[0]!.fault).toBe('the prefix length is more than 32');
  expect(read('x\n'.repeat(50)).faults).toHaveLength(20);
  expect(read('10.0.0.1\n10.0.0.1/32\n10.0.0.1 22').entries).toHaveLength(2);
  const csv = read('target,note\n10.0.0.1\n10.0.0.2,"open\n10.0.0.3,fine').faults;
  expect(csv.map(({ line }) => line)).toEqual([2, 3]);
});

it.each([
  ['no entry', '# nothing\n', 1],
  ['an unknown column', 'target,owner\n10.0.0.1,x', 1],
  ['too many entries', Array.from({ length: 20_002 }, (_, n) => `10.0.${n >> 8}.${n & 255}`).join('\n'), 20_001],
  ['too many lists of ports', Array.from({ length: 20 }, (_, n) => `10.0.0.1 ${n + 1}`).join('\n'), 17],
])('refuses %s once', (_name, text, line) => {
  expect(read(text).faults).toEqual([{ line, fault: expect.any(String) }]);
});

it('compares by target and ports, and is in force for whole addresses and for each list of ports', () => {
  const after = [{ ...ENTRIES[0]!, note: 'gone' }, { target: '10.1.3.0/24' }];
  expect(compareEntries(ENTRIES, after)).toEqual({ added: 1, gone: 3, kept: 1 });
  const inForce = toListInForce({ exclusion_id: 'a', name: 'devices', reason: 'r' }, ENTRIES);
  expect(inForce.map(({ target, ports, set }) => [target, ports, set.toText()])).toEqual([
    ['devices', undefined, '10.1.2.3,10.1.4.10-20,2001:db8::/64'],
    ['devices', toPortsText([515, 9100]), '10.1.3.0/24'],
  ]);
});

it('reads a large file in slices, so that a service does other things in between', () => {
  const lines = Array.from({ length: 20_000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
  expect([...parseExclusionEntries(lines.join('\n'))]).toHaveLength(lines.length / SLICE);
});
