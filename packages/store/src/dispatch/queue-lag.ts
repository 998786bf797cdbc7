import type { Database } from '../mongodb/database';

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

export function createQueueLag(db: Database): QueueLag {
  const toId = (queue: string) => `${queue}#lag`;

  async function find(queue: string, now: Date) {
    const found = await db.queues.findOne({ _id: toId(queue), since_time: { $exists: true }, expires: { $gt: now } });
    if (!found?.since_time) return undefined;
    const { since_time: sinceTime, back_time: backTime, lag_seconds: lagSeconds } = found;
    if (!backTime) return { sinceTime, isBack: false, lagSeconds: undefined };
    const isBack = backTime >= sinceTime;
    return { sinceTime, isBack, lagSeconds: isBack ? 0 : lagSeconds };
  }

  return {
    findMarker: find,
    async noteMarker(queue, { sinceTime, lagSeconds, expires }) {
      const $set = { since_time: sinceTime, lag_seconds: lagSeconds, expires };
      await db.queues.updateOne({ _id: toId(queue) }, { $set }, { upsert: true });
    },
    async noteBack(queue, sentTime) {
      // It may be back before it is noted that it was sent.
      const $setOnInsert = { expires: new Date(sentTime.getTime() + KEEP_MS) };
      const update = { $max: { back_time: sentTime }, $setOnInsert };
      await db.queues.updateOne({ _id: toId(queue) }, update, { upsert: true });
    },
    findLagSeconds: async (queue, now) => (await find(queue, now))?.lagSeconds,
  };
}
