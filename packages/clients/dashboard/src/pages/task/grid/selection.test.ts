import { findCells, findSelection, toNumber, toRectangleText, toTargetText } from './selection';

/** Two networks, one after the other. */
const addresses = [
  ...Array.from({ length: 16 }, (_, i) => `10.0.0.${i}`),
  ...Array.from({ length: 16 }, (_, i) => `2001:db8::${i.toString(16)}`),
];
const toAddress = (cell: number) => addresses[cell];
const find = (text: string) => findCells(text, addresses.length, toAddress);

it('a selection is ranges of addresses, and none goes from one network to another', () => {
  const runs = [
    [2, 5],
    [7, 8],
    [14, 18],
  ] as const;
  expect(toTargetText(runs, toAddress)).toBe('10.0.0.2-10.0.0.4,10.0.0.7,10.0.0.14-10.0.0.15,2001:db8::0-2001:db8::1');
});

it('finds the cells of a CIDR, a range, and an address, of both families', () => {
  expect(find('10.0.0.8/30')).toEqual([8, 9, 10, 11]);
  expect(find(' 10.0.0.3-10.0.0.5 ')).toEqual([3, 4, 5]);
  expect(find('10.0.0.3-5')).toEqual([3, 4, 5]);
  expect(find('10.0.0.9')).toEqual([9]);
  expect(find('2001:db8::8/126')).toEqual([24, 25, 26, 27]);
  expect(find('192.168.0.0/16')).toEqual([]);
  expect(find('0.0.0.0/0')).toHaveLength(16);
});

it('a rectangle is two of its corners, and the same cells from any two, however wide the grid is now', () => {
  const places = { toAddress, findCell: (address: string) => addresses.indexOf(address) };
  const select = (text: string) => findSelection(text, addresses.length, places);
  const cells = [
    [1, 4],
    [9, 12],
    [17, 20],
  ];
  expect(toRectangleText('10.0.0.1', '2001:db8::3', 8)).toBe('10.0.0.1..2001:db8::3@8');
  expect(select('10.0.0.1..2001:db8::3@8')).toEqual(cells);
  expect(select('2001:db8::1..10.0.0.3@8')).toEqual(cells);
  expect(select('10.0.0.1-10.0.0.3')).toEqual([[1, 4]]);
  expect(select('a')).toEqual([]);
});

it.each(['', 'a', '10.0.0.0/33', '10.0.0.x', 'x-y'])('%j is nothing to find', (text) => {
  expect(find(text)).toBeUndefined();
});

it('numbers addresses in their order', () => {
  expect(toNumber('0.0.1.0')).toBe(256n);
  expect(toNumber('::1') < toNumber('::1:0')).toBe(true);
  expect(toNumber('1::') > toNumber('255.255.255.255')).toBe(true);
});
