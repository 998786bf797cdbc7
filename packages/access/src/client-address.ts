import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import * as z from 'zod';

/**
 * Whether an address is a trusted proxy. Limits by address count the peer, or, if the peer is a trusted proxy, the
 * address that the proxy names. Anybody can send X-Forwarded-For. So only the entries that a trusted proxy appended
 * count, and the list is read from its end.
 */
export type ProxyTrust = (address: string, hop: number) => boolean;

/** Reads a number of proxies, or networks separated by commas. Throws a RangeError. */
export function parseProxyTrust(text: string): ProxyTrust {
  if (/^\d{1,2}$/.test(text)) return (_address, hop) => hop < Number(text);
  const networks = new BlockList();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [address = '', bits, ...rest] = entry.split('/');
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (version === 0 || !(prefix <= most) || rest.length > 0)
      throw new RangeError(`"${entry}" is not a network; write an address, or address/prefix length`);
    networks.addSubnet(address, prefix, `ipv${version as 4 | 6}`);
  }
  return (address) => isIP(address) !== 0 && networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The client's IPv4 address, or the /64 of its IPv6 address: one host may use any number of addresses in its /64. */
export function findClientAddress(
  { socket, headers }: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string | undefined } },
  isTrusted: ProxyTrust,
): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  let address = socket.remoteAddress ?? '';
  for (let hop = 0; isTrusted(address, hop); hop++) {
    const next = forwarded.pop()?.trim();
    if (!next) break;
    address = next;
  }
  return toNetwork(address);
}

function toNetwork(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0');
  const network = [...groups, ...zeros, ...rest].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

export const trustProxyConfigShape = {
  TRUST_PROXY: z
    .string()
    .default('0')
    .transform((text, context) => {
      try {
        return parseProxyTrust(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    })
    .describe(
      'Proxies in front whose X-Forwarded-For is believed: how many, or their networks, separated by commas; ' +
        'limits by address need it there',
    ),
};
