import type { Models } from '../mongodb/create-models';

/** How long it takes until what is sent to a queue is applied, as a marker shows it that is sent through it again and again. */
export interface QueueLag {
  /** The time of the oldest marker that was not seen to be back, and what was last known of it. */
  findMarker(queue: string, now: Date): Promise<{ sinceTime: Date; isBack: boolean } | undefined>;
  /** Notes that the marker sent at `sinceTime` is on its way, and how long by now. It holds until `expires`. */
  noteMarker(queue: string, marker: { sinceTime: Date; lagSeconds: number; expires: Date }): Promise<void>;
  /** All that was sent before a marker of this time is applied. Both times are the marker's sender's: no other clock counts. */
  noteBack(queue: string, sentTime: Date): Promise<void>;
  /** In seconds: 0 where no marker is on its way, undefined where nobody sends any or nobody has ever taken one. */
  findLagSeconds(queue: string, now: Date): Promise<number | undefined>;
}

/** Of what is left where nobody sends markers any more. */
const KEEP_MS = 3_600_000;

export function createQueueLag(models: Models): QueueLag {
  const { collection } = models.queues;
  const toId = (queue: string) => `${queue}#lag` as never;

  async function find(queue: string, now: Date) {
    const found = await collection.findOne({ _id: toId(queue), since_time: { $exists: true }, expires: { $gt: now } });
    if (!found) return undefined;
    const sinceTime = found['since_time'] as Date;
    const backTime = found['back_time'] as Date | undefined;
    if (!backTime) return { sinceTime, isBack: false, lagSeconds: undefined };
    const isBack = backTime >= sinceTime;
    return { sinceTime, isBack, lagSeconds: isBack ? 0 : (found['lag_seconds'] as number) };
  }

  return {
    findMarker: find,
    async noteMarker(queue, { sinceTime, lagSeconds, expires }) {
      const $set = { since_time: sinceTime, lag_seconds: lagSeconds, expires };
      await collection.updateOne({ _id: toId(queue) }, { $set }, { upsert: true });
    },
    async noteBack(queue, sentTime) {
      // It may be back before it is noted that it was sent.
      const $setOnInsert = { expires: new Date(sentTime.getTime() + KEEP_MS) };
      const update = { $max: { back_time: sentTime }, $setOnInsert };
      await collection.updateOne({ _id: toId(queue) }, update, { upsert: true });
    },
    findLagSeconds: async (queue, now) => (await find(queue, now))?.lagSeconds,
  };
}
