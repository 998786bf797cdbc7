import { type Publisher, sendControl } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import type { ExclusionWatch, InForce } from '@cyberstroll/store';
import { toExcludedControl } from '@cyberstroll/task-state';
import { REPEAT_MS } from '../core/to-controls';

export type ExclusionNotices = ReturnType<typeof createExclusionNotices>;

/**
 * Publishes to every node what is excluded: jobs that were sent before name it still. Without a repeat it ends by
 * itself, so a new leader need not know what the one before has published.
 */
export function createExclusionNotices({
  publisher,
  exclusions,
}: {
  publisher: Publisher;
  exclusions: Pick<ExclusionWatch, 'read'>;
}) {
  let publishedKey = '';
  /** When something was excluded last. */
  let excludedTime: Date | undefined;

  /** False if RabbitMQ did not take it. */
  function publish({ exclusions: inForce, key }: InForce, now: Date): boolean {
    if (inForce.length > 0) excludedTime = now;
    const isOld = !excludedTime || now.getTime() - excludedTime.getTime() > REPEAT_MS;
    const isSent = isOld || sendControl(publisher, toExcludedControl(inForce));
    if (isSent) publishedKey = key;
    return isSent;
  }

  return {
    /** Publishes it again; once nothing is excluded, for a while. */
    repeat: async (now: Date): Promise<boolean> => publish(await exclusions.read(now), now),
    /** Publishes it if it has changed. */
    async publishChange(now: Date): Promise<Counts | undefined> {
      const inForce = await exclusions.read(now);
      if (inForce.key === publishedKey) return undefined;
      publish(inForce, now);
      return { exclusions: inForce.exclusions.length };
    },
  };
}
