import {
  type Diagnosis,
  diagnoseClock,
  fail,
  ok,
  type RedisTarget,
  readRedisUrl,
  type TlsMaterial,
  unlessLate,
  warn,
  within,
} from '@cyberstroll/runtime';
import { Cluster, type Redis } from 'ioredis';
import { defineScripts } from '../progress-script';
import { isDenied, toMeaning } from '../redis/redis-fault';
import { COMMAND_TIMEOUT_MS, createRedisLinks, createSentinelOpener, type RedisLinks } from '../redis/redis-link';
import { diagnoseInfo, diagnoseMode } from './diagnose-info';
import { inspectCluster, inspectSentinels } from './inspect-failover';

const NAME = 'cyberstroll-doctor';
/** How many times as long as a command a message may take. */
const ARRIVAL_TIMEOUTS = 2;
const REACH = 'start it, and check REDIS_URL: hosts, user and password, rediss for TLS';
const RIGHTS = 'give the user of REDIS_URL what deploy/redis lists';
const SILENT = { down: () => undefined, up: () => undefined };

export interface InspectRealtimeOptions {
  url: string;
  tls?: TlsMaterial;
  prefix?: string;
  /** How long a command may take, in milliseconds. Default: 1,000. */
  commandTimeoutMs?: number;
}

/**
 * Looks at Redis as the services use it, and tries what they do with it. Everything that it writes expires within a
 * second. Never rejects because of what it finds.
 */
export async function inspectRealtime({
  url,
  tls = {},
  prefix = '',
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
}: InspectRealtimeOptions): Promise<Diagnosis[]> {
  const read = readRedisUrl(url);
  if ('faults' in read) return [fail('redis', `REDIS_URL: ${read.faults.join('; ')}`, REACH)];
  const { target } = read;
  const links = createRedisLinks({ target, tls, name: NAME, outages: SILENT, commandTimeoutMs });
  try {
    await links.connect();
    if (links.commands.status !== 'ready') return [toUnreachable(links)];
    return [
      ok('redis', 'can be reached'),
      ...(await inspectServers(links, target)),
      ...(await inspectFailover(links, target, tls)),
      await tryRights(links, { prefix, arrivalMs: ARRIVAL_TIMEOUTS * commandTimeoutMs }),
    ];
  } finally {
    links.disconnect();
  }
}

function toUnreachable(links: RedisLinks): Diagnosis {
  const fault = links.findFault() ?? new Error('no answer');
  if (!fault.message.startsWith('READONLY')) return fail('redis', `cannot be looked at: ${toMeaning(fault)}`, REACH);
  return fail('redis role', toMeaning(fault), 'REDIS_URL must lead to the master');
}

/** With several servers, faults are listed per server; a check that every server passes is listed once. */
async function inspectServers({ commands }: RedisLinks, { mode }: RedisTarget): Promise<Diagnosis[]> {
  const servers = commands instanceof Cluster ? commands.nodes('master') : [commands];
  const found = await Promise.all(servers.map((server) => inspectServer(server, mode)));
  const all = found.flatMap((diagnoses, i) =>
    diagnoses.map((diagnosis) => ({ diagnosis, options: servers[i]!.options })),
  );
  const seen = new Set<string>();
  return all.flatMap(({ diagnosis, options }) => {
    if (diagnosis.verdict !== 'ok' && servers.length > 1) {
      return [{ ...diagnosis, check: `${diagnosis.check} ${options.host}:${options.port}` }];
    }
    const isFirst = !seen.has(diagnosis.check);
    seen.add(diagnosis.check);
    return isFirst ? [diagnosis] : [];
  });
}

async function inspectServer(server: Redis, mode: RedisTarget['mode']): Promise<Diagnosis[]> {
  try {
    const info = await server.info();
    const askedMs = Date.now();
    const [seconds, micros] = await server.time();
    const theirsMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    const clock = diagnoseClock('redis clock', theirsMs, askedMs, Date.now());
    return [clock, diagnoseMode(info, mode), ...diagnoseInfo(info)];
  } catch (error) {
    const meaning = toMeaning(error as Error);
    return [warn('redis server', `cannot be asked: ${meaning}`, unlessLate(meaning, RIGHTS))];
  }
}

async function inspectFailover({ commands }: RedisLinks, target: RedisTarget, tls: TlsMaterial): Promise<Diagnosis[]> {
  if (commands instanceof Cluster) return [await inspectCluster(commands)];
  return target.mode === 'sentinel' ? inspectSentinels(target, createSentinelOpener({ target, tls, name: NAME })) : [];
}

/**
 * Each command of a service once, to test the ACL without reading it: reading it needs more rights than a service
 * should have.
 */
async function tryRights(
  { commands, subscriber }: RedisLinks,
  { prefix, arrivalMs }: { prefix: string; arrivalMs: number },
): Promise<Diagnosis> {
  const check = 'redis rights';
  const channel = `${prefix}cs:progress:doctor`;
  const key = `${prefix}cs:task:doctor:progress`;
  const ticket = `${prefix}cs:ticket:doctor`;
  const scripts = defineScripts(commands);
  const arrived = new Promise<void>((resolve) => subscriber.once('message', () => resolve()));
  const tries = [
    () => subscriber.subscribe(channel),
    () => scripts.beat(`${prefix}cs:health`, NAME, 1_000, channel),
    () => scripts.publishProgress(key, 1, '{}', 1_000, channel, channel),
    () => commands.hget(key, 'snapshot'),
    () => commands.unlink(key),
    () => commands.set(ticket, '1', 'PX', 1_000),
    () => commands.getdel(ticket),
  ];
  const errors: Error[] = [];
  for (const attempt of tries) await attempt().catch((error: Error) => errors.push(error));
  if (errors.length > 0) {
    const found = [...new Set(errors.map(toMeaning))].join('; ');
    return fail(check, found, errors.some(isDenied) ? RIGHTS : unlessLate(found, RIGHTS));
  }
  return within(arrived, arrivalMs, () => new Error('a published message did not arrive')).then(
    () => ok(check, 'a value was written, and a message arrived'),
    ({ message }: Error) => fail(check, message, 'look at the logs of Redis'),
  );
}
