import { type AddressValue, parseAddress } from './address';
import { parseTargets } from './parse-targets';

/**
 * An address as text that sorts as addresses do: `4` and 8 hex digits, or `6` and 32. So a database finds the members
 * of a network as one range. Empty for text that is not an address.
 */
export function toAddressKey(address: string): string {
  const value = parseAddress(address);
  return value === undefined ? '' : toKey(value, typeof value === 'number' ? 4 : 6);
}

/** The first and the last key of an address or a network; undefined for text that names none. */
export function findKeyRange(target: string): { first: string; last: string } | undefined {
  try {
    // `::/64` is two intervals, because the IPv4-mapped addresses between them are in no set.
    const { intervals } = parseTargets(target);
    const [start, end] = [intervals[0]!, intervals.at(-1)!];
    return { first: toKey(start.first, start.family), last: toKey(end.last, end.family) };
  } catch {
    return undefined;
  }
}

export const toKey = (value: AddressValue, family: 4 | 6): string =>
  `${family}${value.toString(16).padStart(family === 4 ? 8 : 32, '0')}`;
