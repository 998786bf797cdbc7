/**
 * Addresses as integers: an IPv4 address is a number, an IPv6 address a bigint. Only strict forms are read. The usual
 * parsers read `010.0.0.1` as 8.0.0.1 and `127.1` as 127.0.0.1, so that two programs may disagree on what was meant.
 *
 * IPv4-mapped IPv6 (`::ffff:0:0/96`) is refused wherever an address is written: the kernel connects such an address
 * over IPv4, so `::ffff:10.0.0.1` would be a second name for 10.0.0.1, past every rule that speaks of 10.0.0.0/8.
 */
export type AddressValue = number | bigint;

export const MAPPED_FIRST = 0xffff_0000_0000n;
export const MAPPED_LAST = 0xffff_ffff_ffffn;

const LONGEST_IPV6_LENGTH = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;
const LOWER_A = 97;

/** Reads `text` as four decimal octets without leading zeros; undefined if it is anything else. */
export function parseIpv4(text: string): number | undefined {
  if (text.length > 15) return undefined;
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (octet < 0 || ++dots > 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9 || octet === 0) return undefined;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return undefined;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : undefined;
}

/** Reads any RFC 4291 text form without a zone; undefined if it is anything else. Mapped addresses are read too. */
export function parseIpv6(text: string): bigint | undefined {
  if (text.length > LONGEST_IPV6_LENGTH || !text.includes(':')) return undefined;
  const hex = text.includes('.') ? toHexTail(text) : text;
  const parts = hex === undefined ? undefined : toParts(hex);
  if (parts === undefined) return undefined;
  parts.forEach((part, i) => void words.setUint16(2 * i, part));
  return (words.getBigUint64(0) << 64n) | words.getBigUint64(8);
}

const words = new DataView(new ArrayBuffer(16));

/**
 * Eight groups of 16 bits; `::` stands for one group of zero or more. By character: a body may name 200,000 of them.
 */
function toParts(hex: string): number[] | undefined {
  const parts: number[] = [];
  let gapAt = -1;
  let group = 0;
  let digits = 0;
  for (let i = 0; i < hex.length; i++) {
    const code = hex.charCodeAt(i);
    if (code !== COLON) {
      const digit = toHexDigit(code);
      if (digit < 0 || ++digits > 4) return undefined;
      group = group * 16 + digit;
    } else if (digits > 0) {
      parts.push(group);
      group = 0;
      digits = 0;
      // A lone colon at the end.
      if (i === hex.length - 1) return undefined;
    } else if (gapAt < 0 && (i > 0 || hex.charCodeAt(1) === COLON)) {
      gapAt = parts.length;
      if (i === 0) i += 1;
    } else {
      return undefined;
    }
  }
  if (digits > 0) parts.push(group);
  if (gapAt < 0) return parts.length === 8 ? parts : undefined;
  if (parts.length > 7) return undefined;
  parts.splice(gapAt, 0, ...Array<number>(8 - parts.length).fill(0));
  return parts;
}

function toHexDigit(code: number): number {
  if (code >= ZERO && code <= ZERO + 9) return code - ZERO;
  // Lower case: `A` and `a` differ in this bit alone.
  const deadLetter = code | 0x20;
  return deadLetter >= LOWER_A && deadLetter <= LOWER_A + 5 ? deadLetter - LOWER_A + 10 : -1;
}

/** `::1.2.3.4` as `::102:304`. */
function toHexTail(text: string): string | undefined {
  const tailAt = text.lastIndexOf(':') + 1;
  const tail = parseIpv4(text.slice(tailAt));
  if (tailAt === 0 || tail === undefined) return undefined;
  return `${text.slice(0, tailAt)}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`;
}

export function isMapped(value: bigint): boolean {
  return value >= MAPPED_FIRST && value <= MAPPED_LAST;
}

/** The value of one address in any accepted form; undefined for all else, mapped addresses among it. */
export function parseAddress(text: string): AddressValue | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) return ipv4;
  const ipv6 = parseIpv6(text);
  return ipv6 === undefined || isMapped(ipv6) ? undefined : ipv6;
}

export const formatAddress = (value: AddressValue): string =>
  typeof value === 'number' ? formatIpv4(value) : formatIpv6(value);

export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** RFC 5952 text: `::` is the longest run of two zeros or more, of equal ones the first. */
export function formatIpv6(value: bigint): string {
  words.setBigUint64(0, value >> 64n);
  words.setBigUint64(8, value);
  const parts = Array.from({ length: 8 }, (_, i) => words.getUint16(2 * i));
  let [gapAt, gap] = [-1, 1];
  for (let i = 0, from = 0; i < 8; i++) {
    if (parts[i] !== 0) from = i + 1;
    else if (i + 1 - from > gap) [gapAt, gap] = [from, i + 1 - from];
  }
  const toText = (some: readonly number[]) => some.map((part) => part.toString(16)).join(':');
  return gapAt < 0 ? toText(parts) : `${toText(parts.slice(0, gapAt))}::${toText(parts.slice(gapAt + gap))}`;
}
