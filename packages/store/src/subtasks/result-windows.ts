/**
 * A list of results is read in windows: parts of its order that are bounded at both ends. Not every server stops at the
 * limit of a query, and such a server would evaluate all that comes after it, again for each next query. Positions are
 * whole numbers; a list in descending order has the positions of falling values.
 */

/** Positions from `first` to `last`, both included. */
export interface Window {
  first: bigint;
  last: bigint;
}

/**
 * Results that a window should have: few, so that such a server holds few of them, and enough for what a query costs it
 * besides (SecantusDB: 5 to 8 s with a million results of one port).
 */
const AIM = 40_000;
/** How much wider or narrower the next window may be at most. */
const MAX_CHANGE = 64n;

/** The width of the window after one of `width` positions in which `count` results were found. */
export function toNextWidth(width: bigint, count: number): bigint {
  const wanted = count === 0 ? width * MAX_CHANGE : (width * BigInt(AIM)) / BigInt(count);
  const [least, most] = [width / MAX_CHANGE, width * MAX_CHANGE];
  const within = wanted < least ? least : wanted > most ? most : wanted;
  return within < 1n ? 1n : within;
}

/** The window of this width at the beginning of a range. */
export const toWindow = ({ first, last }: Window, width: bigint): Window => ({
  first,
  last: first + width - 1n < last ? first + width - 1n : last,
});

const IPV4_COUNT = 2n ** 32n;
/** The last position of an address. */
export const LAST_ADDRESS = IPV4_COUNT + 2n ** 128n - 1n;

/** Where an address is in the order of addresses, by its key: IPv4 before IPv6. */
export function toAddressPosition(key: string): bigint {
  const value = BigInt(`0x${key.slice(1)}`);
  return key.startsWith('4') ? value : IPV4_COUNT + value;
}

/** The key of the address at a position. */
export const fromAddressPosition = (position: bigint): string =>
  position < IPV4_COUNT
    ? `4${position.toString(16).padStart(8, '0')}`
    : `6${(position - IPV4_COUNT).toString(16).padStart(32, '0')}`;
