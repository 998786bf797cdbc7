import { type AddressValue, formatAddress } from './address';
import { parseTargets } from './parse-targets';

/** How long prefixes are, in bits. */
export interface PrefixLengths {
  ipv4_length: number;
  ipv6_length: number;
}

/** The prefix of an address: `10.1.2.0/24`. */
export function toPrefix(value: AddressValue, { ipv4_length, ipv6_length }: PrefixLengths): string {
  if (typeof value === 'number') return `${formatAddress(value - (value % 2 ** (32 - ipv4_length)))}/${ipv4_length}`;
  const rest = BigInt(128 - ipv6_length);
  return `${formatAddress((value >> rest) << rest)}/${ipv6_length}`;
}

/** Whether an address lies in this network. */
export function createNetworkTest(network: string): (value: AddressValue) => boolean {
  const { intervals } = parseTargets(network);
  const isOf = (value: AddressValue, family: 4 | 6) => (typeof value === 'number') === (family === 4);
  return (value) => intervals.some(({ family, first, last }) => isOf(value, family) && value >= first && value <= last);
}
