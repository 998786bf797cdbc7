import { type Diagnosis, diagnoseVersion, fail, ok, type RedisTarget, warn } from '@cyberstroll/runtime';

const LEAST_REDIS = '7.0';
const FULL = 0.9;

/** Version, role and memory, read from the answer to INFO. */
export function diagnoseInfo(info: string): Diagnosis[] {
  const facts = toFacts(info);
  const version = diagnoseVersion('redis version', facts.get('redis_version') ?? 'unknown', LEAST_REDIS);
  return [version, diagnoseRole(facts), diagnoseMemory(facts)];
}

/** Whether the server is of the kind that REDIS_URL names. A master that sentinels watch calls itself standalone. */
export function diagnoseMode(info: string, mode: RedisTarget['mode']): Diagnosis {
  const check = 'redis mode';
  const found = toFacts(info).get('redis_mode') ?? 'unknown';
  const url = URLS[found];
  if (!url || found === (mode === 'sentinel' ? 'standalone' : mode)) {
    return ok(check, mode === found ? found : `${found}, by ${mode}`);
  }
  return fail(check, `${found}, and REDIS_URL names it as ${mode}`, `REDIS_URL must have the form ${url}`);
}

const URLS: Record<string, string> = {
  standalone: 'redis://host:port',
  cluster: 'redis+cluster://host1:port,host2:port',
  sentinel: 'redis+sentinel://host1:port,host2:port/master-name',
};

type Facts = ReadonlyMap<string, string>;

/** `name:value` lines; the rest are headings. */
function toFacts(info: string): Facts {
  const pairs = info.split('\r\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]);
  return new Map(pairs as [string, string][]);
}

function diagnoseRole(facts: Facts): Diagnosis {
  const role = facts.get('role') ?? 'unknown';
  if (role === 'master') return ok('redis role', role);
  return fail('redis role', role, 'REDIS_URL must name the master: a replica accepts no writes');
}

function diagnoseMemory(facts: Facts): Diagnosis {
  const check = 'redis memory';
  const used = Number(facts.get('used_memory'));
  const most = Number(facts.get('maxmemory'));
  const policy = facts.get('maxmemory_policy') ?? 'unknown';
  if (!most) return ok(check, `${toMegabytes(used)} used, no limit`);
  const found = `${toMegabytes(used)} of ${toMegabytes(most)} used, ${policy}`;
  if (policy === 'noeviction') {
    const remedy =
      'maxmemory-policy volatile-ttl: all that we keep expires, and a full Redis without it refuses writes';
    return used > FULL * most ? fail(check, found, remedy) : warn(check, found, remedy);
  }
  return used > FULL * most ? warn(check, found, 'more maxmemory: progress is evicted early') : ok(check, found);
}

const toMegabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
