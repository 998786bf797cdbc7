import { AppError } from '@cyberstroll/runtime';

/** The errors of Redis 7.0 to 8, and what they mean for an operator. */
const MEANINGS: readonly [answer: RegExp, meaning: string][] = [
  [/^READONLY/, 'it is a replica, which accepts no writes'],
  [/^MASTERDOWN/, 'it is a replica that has lost its master'],
  [/^LOADING/, 'it still loads its data'],
  [/^CLUSTERDOWN/, 'its cluster has slots without a master'],
  [/^MOVED/, 'it is a node of a cluster: REDIS_URL must begin with redis+cluster:// or rediss+cluster://'],
  [/unknown command '?sentinel/i, 'it is not a sentinel: REDIS_URL must begin with redis:// or rediss://'],
  [/cluster support disabled/i, 'it is not a cluster: REDIS_URL must begin with redis:// or rediss://'],
  [
    /unknown command '(set|eval|evalsha|hget)'/i,
    'it is a sentinel: REDIS_URL must have the form redis+sentinel://host:port/master-name',
  ],
  [/^(NOAUTH|WRONGPASS)/, 'it refuses the user or password of REDIS_URL'],
  [/^OOM/, 'it is full: set maxmemory-policy volatile-ttl'],
  [/^NOREPLICAS/, 'its master has fewer replicas than min-replicas-to-write'],
  [/^MISCONF/, 'it cannot save to its disk, so it accepts no writes'],
  [
    /^NOPERM.*channel|can't publish to the channel/i,
    'its ACL denies the channels: give the user &cs:progress:* (REDIS_PREFIX before cs), see deploy/redis',
  ],
  [
    /^NOPERM.*\bkeys?\b|can't access at least one of the keys/i,
    'its ACL denies the keys: give the user ~cs:* (REDIS_PREFIX before cs), see deploy/redis',
  ],
  [/^NOPERM|can't run this command/i, 'its ACL denies a command: give the user the commands of deploy/redis'],
];

/** The meaning of an error of Redis in a few words; for any other error its own message. */
export function toMeaning({ message }: Error): string {
  return MEANINGS.find(([answer]) => answer.test(message))?.[1] ?? message;
}

/** Whether the ACL refused a command: another connection would not help. */
export const isDenied = ({ message }: Error): boolean => /^NOPERM|The user executing the script can't/i.test(message);

/** Whether the server behind this connection has become the wrong one: another connection may find the right one. */
export const isWrongServer = ({ message }: Error): boolean =>
  /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN)/.test(message);

/** AppError transient `redis_unavailable`, with the meaning. */
export const toUnavailable = (cause: Error): AppError =>
  new AppError('redis_unavailable', { detail: toMeaning(cause) }, { cause });
