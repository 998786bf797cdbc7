import { type AddressValue, isMapped, parseIpv4, parseIpv6 } from './address';
import { IntervalCollector } from './interval';
import { TargetError } from './target-error';
import { TargetSet } from './target-set';

/**
 * Reads addresses, networks (`10.0.0.0/24`; host bits are dropped, so `10.0.0.5/24` is the same), ranges
 * (`10.0.0.1-10.0.0.50`, `10.0.0.1-50`) and their IPv6 forms, separated by commas or white space. A network includes
 * its first and last address. Overlaps are merged.
 *
 * Throws a TargetError that names the first refused entry, or says that the text is empty.
 */
export function parseTargets(text: string): TargetSet {
  const entries = toEntries(text);
  if (entries.length === 0) throw new TargetError(text, 'empty', 'the text has no targets');
  return parseEntries(entries);
}

/** Splits at commas and white space. */
export function toEntries(text: string): string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '');
}

export function parseEntries(entries: readonly string[]): TargetSet {
  const collector = new IntervalCollector();
  for (const entry of entries) addRange(collector, parseEntry(entry));
  return new TargetSet(collector.merge());
}

/** First and last address, of one family. */
export type EntryRange = readonly [first: AddressValue, last: AddressValue];

export function addRange(collector: IntervalCollector, [first, last]: EntryRange): void {
  if (typeof first === 'number') collector.addIpv4(first, last as number);
  else collector.addIpv6(first, last as bigint);
}

/** Throws a TargetError for a refused entry. */
export function parseEntry(entry: string): EntryRange {
  const slash = entry.indexOf('/');
  if (slash >= 0) return parseNetwork(entry, slash);
  const dash = entry.indexOf('-');
  const first = parseBound(dash < 0 ? entry : entry.slice(0, dash), entry);
  const last = dash < 0 ? first : parseLast(entry.slice(dash + 1), first, entry);
  if (typeof first !== typeof last) {
    throw new TargetError(entry, 'mixed-family', 'both ends of a range must be of one address family');
  }
  if (last < first) throw new TargetError(entry, 'reversed', 'the range ends before it begins');
  return [first, last];
}

function parseNetwork(entry: string, slash: number): EntryRange {
  const address = parseBound(entry.slice(0, slash), entry);
  const bits = typeof address === 'number' ? 32 : 128;
  const digits = entry.slice(slash + 1);
  if (!/^(0|[1-9]\d*)$/.test(digits)) {
    throw new TargetError(entry, 'malformed', `the prefix length is not a plain number of 0 to ${bits}`);
  }
  const prefix = Number(digits);
  if (prefix > bits) {
    throw new TargetError(entry, 'prefix', `the prefix length is more than ${bits}`, { limit: bits });
  }
  if (typeof address === 'number') {
    const size = 2 ** (32 - prefix);
    const first = address - (address % size);
    return [first, first + size - 1];
  }
  const hostMask = (1n << BigInt(128 - prefix)) - 1n;
  const last = address | hostMask;
  return [last - hostMask, last];
}

/** The end of a range: an address, or after an IPv4 address just its last octet. */
function parseLast(text: string, first: AddressValue, entry: string): AddressValue {
  if (typeof first !== 'number' || !/^\d+$/.test(text)) return parseBound(text, entry);
  if (text.length > 1 && text.startsWith('0')) throw leadingZero(entry);
  const octet = Number(text);
  if (octet > 255) throw octetTooLarge(entry);
  return first - (first % 256) + octet;
}

function parseBound(text: string, entry: string): AddressValue {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return ipv4;
  const ipv6 = parseIpv6(text);
  if (ipv6 === undefined) throw toRefusal(text, entry);
  if (!isMapped(ipv6)) return ipv6;
  throw new TargetError(entry, 'ipv4-mapped', 'IPv4-mapped IPv6 is refused; write the IPv4 address');
}

function toRefusal(text: string, entry: string): TargetError {
  if (text.includes('%')) return new TargetError(entry, 'zone', 'zone identifiers are refused');
  if (text.includes(':')) return new TargetError(entry, 'malformed', 'not an IPv6 address, network or range');
  const octets = text.split('.', 5);
  if (octets.length !== 4 || !octets.every((octet) => /^\d+$/.test(octet))) {
    const wanted = 'not an address, network or range (IPv4 is written as four decimal octets)';
    return new TargetError(entry, 'malformed', wanted);
  }
  if (octets.some((octet) => octet.length > 1 && octet.startsWith('0'))) return leadingZero(entry);
  return octetTooLarge(entry);
}

function leadingZero(entry: string): TargetError {
  return new TargetError(entry, 'leading-zero', 'an octet has a leading zero, which some read as octal');
}

function octetTooLarge(entry: string): TargetError {
  return new TargetError(entry, 'octet', 'an octet is more than 255', { limit: 255 });
}
