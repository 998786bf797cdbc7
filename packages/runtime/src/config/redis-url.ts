import * as z from 'zod';

/** Where Redis is, according to REDIS_URL. */
export interface RedisTarget {
  /** `standalone`: one address. The server behind it may change. */
  mode: 'standalone' | 'cluster' | 'sentinel';
  tls: boolean;
  /** One address, some nodes of a cluster, or the sentinels; at least one. */
  hosts: readonly RedisAddress[];
  username?: string;
  password?: string;
  db: number;
  /** The name that the sentinels know the master by. Only for sentinels. */
  masterName?: string;
  sentinelUsername?: string;
  sentinelPassword?: string;
}

export interface RedisAddress {
  host: string;
  port: number;
}

const FORMS = {
  standalone: 'redis://user:password@host:port/db',
  cluster: 'redis+cluster://user:password@host1:port,host2:port',
  sentinel:
    'redis+sentinel://user:password@host1:port,host2:port/master-name?db=0&sentinelUsername=…&sentinelPassword=…',
};
const PARAMETERS = { standalone: ['db'], cluster: [], sentinel: ['db', 'sentinelUsername', 'sentinelPassword'] };
const PARTS =
  /^redis(?<tls>s?)(\+(?<mode>cluster|sentinel))?:\/\/((?<user>[^@:/?#\s]*)(:(?<password>[^@/?#\s]*))?@)?(?<hosts>[^@/?#\s]*)(\/(?<path>[^@/?#\s]*))?(\?(?<query>[^@#\s]*))?$/;

/** The content of a REDIS_URL, or all its faults. No fault repeats a part of the URL, since it holds a password. */
export function readRedisUrl(text: string): { target: RedisTarget } | { faults: string[] } {
  const parts = PARTS.exec(text)?.groups;
  if (!parts) return { faults: [`must have the form ${FORMS.standalone}, ${FORMS.cluster} or ${FORMS.sentinel}`] };
  const mode = (parts['mode'] ?? 'standalone') as RedisTarget['mode'];
  const faults: string[] = [];

  function decode(what: string, escaped: string | undefined): string | undefined {
    try {
      return escaped ? decodeURIComponent(escaped) : undefined;
    } catch {
      faults.push(`its ${what} has a % that does not begin an escape (% itself is %25)`);
      return undefined;
    }
  }

  const hosts = (parts['hosts'] ?? '').split(',').map((host, i) => {
    const address = readAddress(host, mode === 'sentinel' ? 26_379 : 6_379);
    if (!address) faults.push(`its host ${i + 1} is not host or host:port`);
    return address!;
  });
  if (mode === 'standalone' && hosts.length > 1) {
    faults.push('it names several hosts, which only redis+cluster:// and redis+sentinel:// may');
  }

  const username = decode('user', parts['user']);
  const password = decode('password', parts['password']);
  if (parts['user'] && !parts['password']) faults.push('it names a user without a password');

  const path = decode('path', parts['path']);
  const query = readQuery(parts['query'] ?? '', PARAMETERS[mode], faults, decode);
  const masterName = mode === 'sentinel' ? path : undefined;
  if (mode === 'sentinel' && !masterName) faults.push('it has no master name after the hosts');
  if (query['sentinelUsername'] && !query['sentinelPassword']) {
    faults.push('it names a sentinelUsername without a sentinelPassword');
  }
  const db = (mode === 'sentinel' ? undefined : path) ?? query['db'] ?? '0';
  if (!/^\d{1,5}$/.test(db)) faults.push('its database is not a number');
  else if (mode === 'cluster' && Number(db) !== 0) faults.push('a cluster has only database 0');

  if (faults.length > 0) return { faults };
  return {
    target: {
      mode,
      tls: parts['tls'] === 's',
      hosts,
      db: Number(db),
      ...(username && { username }),
      ...(password && { password }),
      ...(masterName && { masterName }),
      ...(query['sentinelUsername'] && { sentinelUsername: query['sentinelUsername'] }),
      ...(query['sentinelPassword'] && { sentinelPassword: query['sentinelPassword'] }),
    },
  };
}

function readAddress(text: string, defaultPort: number): RedisAddress | undefined {
  if (text === '' || !URL.canParse(`host://${text}`)) return undefined;
  const { hostname, port } = new URL(`host://${text}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) };
}

function readQuery(
  query: string,
  names: readonly string[],
  faults: string[],
  decode: (what: string, escaped: string) => string | undefined,
): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  for (const pair of query.split('&').filter(Boolean)) {
    const [name = '', value = ''] = [pair.split('=', 1)[0], pair.slice(pair.indexOf('=') + 1)];
    if (names.includes(name) && !Object.hasOwn(found, name)) found[name] = decode(name, value);
    else if (names.length === 0) faults.push('it has parameters, and a cluster takes none');
    else faults.push(`it has a parameter twice, or one that is not ${names.join(', ')}`);
  }
  return found;
}

/** REDIS_URL, with every fault in one issue. */
export const redisUrl = z.string().superRefine((text, context) => {
  const read = readRedisUrl(text);
  if (!('faults' in read)) return;
  const escapes = 'user, password and names have @ : / ? # % as %40 %3A %2F %3F %23 %25';
  context.addIssue({ code: 'custom', message: `${[...new Set(read.faults)].join('; ')} (${escapes})` });
});
