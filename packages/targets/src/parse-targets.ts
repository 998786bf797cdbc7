import { type AddressValue, isMapped, parseIpv4, parseIpv6 } from './address';
import { IntervalCollector } from './interval';
import { finish, SLICE, type Slices } from './slices';
import { TargetError } from './target-error';
import { TargetSet } from './target-set';

/**
 * Reads addresses, networks (`10.0.0.0/24`; host bits are dropped, so `10.0.0.5/24` is the same), ranges
 * (`10.0.0.1-10.0.0.50`, `10.0.0.1-50`) and their IPv6 forms, separated by commas or white space. A network includes
 * its first and last address. Overlaps are merged.
 *
 * Throws a TargetError that names the first refused entry, or says that the text is empty.
 */
export const parseTargets = (text: string): TargetSet => finish(readTargets(text));

/** The same in slices: for what a client sends. */
export function* readTargets(text: string): Slices<TargetSet> {
  const entries = toEntries(text);
  if (entries.length === 0) throw new TargetError(text, 'empty', 'the text has no targets');
  return yield* readEntries(entries);
}

/** Splits at commas and white space. */
export const toEntries = (text: string): string[] => text.match(/[^\s,]+/g) ?? [];

export const parseEntries = (entries: readonly string[]): TargetSet => finish(readEntries(entries));

function* readEntries(entries: readonly string[]): Slices<TargetSet> {
  const collector = new IntervalCollector();
  for (let i = 0; i < entries.length; i++) {
    if (i % SLICE === SLICE - 1) yield;
    addRange(collector, parseEntry(entries[i]!));
  }
  return new TargetSet(collector.merge());
}

/** First and last address, of one family. */
export type EntryRange = readonly [first: AddressValue, last: AddressValue];

export function addRange(collector: IntervalCollector, [first, last]: EntryRange): void {
  if (typeof first === 'number') collector.addIpv4(first, last as number);
  else collector.addIpv6(first, last as bigint);
}

/** Why an entry is refused. */
export type EntryRefusal = Pick<TargetError, 'reason' | 'explanation' | 'limit'>;

/** Throws a TargetError for a refused entry. */
export function parseEntry(entry: string): EntryRange {
  const read = readEntry(entry);
  if (isRefusal(read)) throw toTargetError(entry, read);
  return read;
}

export const toTargetError = (entry: string, { reason, explanation, limit }: EntryRefusal): TargetError =>
  new TargetError(entry, reason, explanation, { limit });

export const isRefusal = (read: EntryRange | EntryRefusal): read is EntryRefusal => 'reason' in read;

/** A refusal is a value here, not an error with its stack: a text may have a hundred thousand bad entries. */
export function readEntry(entry: string): EntryRange | EntryRefusal {
  const slash = entry.indexOf('/');
  if (slash >= 0) return readNetwork(entry, slash);
  const dash = entry.indexOf('-');
  const first = readBound(dash < 0 ? entry : entry.slice(0, dash));
  if (typeof first === 'object') return first;
  const last = dash < 0 ? first : readLast(entry.slice(dash + 1), first);
  if (typeof last === 'object') return last;
  if (typeof first !== typeof last) return MIXED_FAMILY;
  return last < first ? REVERSED : [first, last];
}

/** Whether it is an entry that is not refused. */
export const isTarget = (entry: string): boolean => !isRefusal(readEntry(entry));

function readNetwork(entry: string, slash: number): EntryRange | EntryRefusal {
  const address = readBound(entry.slice(0, slash));
  if (typeof address === 'object') return address;
  const bits = typeof address === 'number' ? 32 : 128;
  const digits = entry.slice(slash + 1);
  if (!/^(0|[1-9]\d*)$/.test(digits)) {
    return { reason: 'malformed', explanation: `the prefix length is not a plain number of 0 to ${bits}` };
  }
  const prefix = Number(digits);
  if (prefix > bits) return { reason: 'prefix', explanation: `the prefix length is more than ${bits}`, limit: bits };
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
function readLast(text: string, first: AddressValue): AddressValue | EntryRefusal {
  if (typeof first !== 'number' || !/^\d+$/.test(text)) return readBound(text);
  if (text.length > 1 && text.startsWith('0')) return LEADING_ZERO;
  const octet = Number(text);
  return octet > 255 ? OCTET : first - (first % 256) + octet;
}

function readBound(text: string): AddressValue | EntryRefusal {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return ipv4;
  const ipv6 = parseIpv6(text);
  if (ipv6 === undefined) return toRefusal(text);
  return isMapped(ipv6) ? MAPPED : ipv6;
}

function toRefusal(text: string): EntryRefusal {
  if (text.includes('%')) return ZONE;
  if (text.includes(':')) return NOT_IPV6;
  const octets = text.split('.', 5);
  if (octets.length !== 4 || !octets.every((octet) => /^\d+$/.test(octet))) return MALFORMED;
  return octets.some((octet) => octet.length > 1 && octet.startsWith('0')) ? LEADING_ZERO : OCTET;
}

const MIXED_FAMILY: EntryRefusal = {
  reason: 'mixed-family',
  explanation: 'both ends of a range must be of one address family',
};
const REVERSED: EntryRefusal = { reason: 'reversed', explanation: 'the range ends before it begins' };
const MAPPED: EntryRefusal = {
  reason: 'ipv4-mapped',
  explanation: 'IPv4-mapped IPv6 is refused; write the IPv4 address',
};
const ZONE: EntryRefusal = { reason: 'zone', explanation: 'zone identifiers are refused' };
const NOT_IPV6: EntryRefusal = { reason: 'malformed', explanation: 'not an IPv6 address, network or range' };
const MALFORMED: EntryRefusal = {
  reason: 'malformed',
  explanation: 'not an address, network or range (IPv4 is written as four decimal octets)',
};
const LEADING_ZERO: EntryRefusal = {
  reason: 'leading-zero',
  explanation: 'an octet has a leading zero, which some read as octal',
};
const OCTET: EntryRefusal = { reason: 'octet', explanation: 'an octet is more than 255', limit: 255 };
