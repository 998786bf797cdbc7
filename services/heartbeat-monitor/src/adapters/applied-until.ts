import type { Store } from '@cyberstroll/store';

/**
 * Updates that were sent before this time are applied. Whatever a node reported later may still wait in a queue, so a
 * claim counts only by what was due by then. Without a marker that is on its way this is `now`.
 */
export async function findAppliedUntil({ queueLag }: Pick<Store, 'queueLag'>, now: Date): Promise<Date> {
  const lagSeconds = (await queueLag.findLagSeconds(now)) ?? 0;
  return new Date(now.getTime() - 1_000 * lagSeconds);
}
