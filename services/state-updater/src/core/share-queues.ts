import { createHash } from 'node:crypto';

/**
 * Which updater owns each queue: the same answer wherever it is asked. Numbers of queues differ by one at most. Each
 * queue ranks the updaters in an order of its own, so that few queues move when one comes or goes.
 */
export function shareQueues(queues: readonly string[], updaters: readonly string[]): Map<string, string> {
  const owners = new Map<string, string>();
  if (updaters.length === 0) return owners;
  const least = Math.floor(queues.length / updaters.length);
  let extra = queues.length % updaters.length;
  const owned = new Map(updaters.map((updater) => [updater, 0]));
  const pairs = queues
    .flatMap((queue) => updaters.map((updater) => ({ queue, updater, rank: toRank(queue, updater) })))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1));
  for (const { queue, updater } of pairs) {
    const count = owned.get(updater)!;
    if (owners.has(queue) || count > least || (count === least && extra === 0)) continue;
    if (count === least) extra--;
    owners.set(queue, updater);
    owned.set(updater, count + 1);
  }
  return owners;
}

const toRank = (queue: string, updater: string) => createHash('sha256').update(`${queue} ${updater}`).digest('hex');
