import { IPv6 } from 'ipaddr.js';

/**
 * Addresses as integers: an IPv4 address is a number, an IPv6 address a bigint. Only strict forms are read. The usual
 * parsers read `010.0.0.1` as 8.0.0.1 and `127.1` as 127.0.0.1, so that two programs may disagree on what was meant.
 *
 * IPv4-mapped IPv6 (`::ffff:0:0/96`) is refused wherever an address is written: the kernel connects such an address over
 * IPv4, so `::ffff:10.0.0.1` would be a second name for 10.0.0.1, past every rule that speaks of 10.0.0.0/8.
 */
export type AddressValue = number | bigint;

export const MAPPED_FIRST = 0xffff_0000_0000n;
export const MAPPED_LAST = 0xffff_ffff_ffffn;

const LONGEST_IPV6_LENGTH = 45;
const DOT = 46;
const ZERO = 48;

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
  if (text.length > LONGEST_IPV6_LENGTH || text.includes('%') || !text.includes(':')) return undefined;
  const hex = text.includes('.') ? toHexTail(text) : text;
  const parts = hex === undefined ? undefined : toParts(hex);
  if (parts === undefined) return undefined;
  let value = 0n;
  for (let i = 0; i < 8; i += 2) value = (value << 32n) | BigInt(parts[i]! * 0x1_0000 + parts[i + 1]!);
  return value;
}

function toParts(hex: string): readonly number[] | undefined {
  try {
    return IPv6.parse(hex).parts;
  } catch {
    return undefined;
  }
}

// ipaddr.js reads the octets of `::1.2.3.4` as octal where it can, and the whole as a mapped address.
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

export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** RFC 5952 text. */
export function formatIpv6(value: bigint): string {
  const parts: number[] = [];
  for (let shift = 96n; shift >= 0n; shift -= 32n) {
    const word = Number((value >> shift) & 0xffff_ffffn);
    parts.push(word >>> 16, word & 0xffff);
  }
  return new IPv6(parts).toRFC5952String();
}
