import type { Database } from '../mongodb/models/database';
import type { QueueDocument } from '../mongodb/models/documents';

/** How long a note is kept after nobody sends markers any more. */
const KEEP_MS = 3_600_000;

/**
 * How long it takes until a message in a queue is applied. A marker that is sent through the queue again and again
 * measures it.
 */
export function createQueueLag(db: Database) {
  const toId = (queue: string) => `${queue}#lag`;

  async function find(queues: readonly string[], now: Date) {
    const filter = { _id: { $in: queues.map(toId) }, since_time: { $exists: true }, expires: { $gt: now } };
    return (await db.queues.find(filter).toArray()).flatMap((found) => toMarker(found) ?? []);
  }

  function toMarker(found: QueueDocument | null) {
    if (!found?.since_time) return undefined;
    const { since_time: sinceTime, back_time: backTime, lag_seconds: lagSeconds } = found;
    if (!backTime) return { sinceTime, isBack: false, lagSeconds: undefined };
    const isBack = backTime >= sinceTime;
    return { sinceTime, isBack, lagSeconds: isBack ? 0 : lagSeconds };
  }

  return {
    /** The time of the oldest marker that has not come back, and what was last known about it. */
    findMarker: async (queue: string, now: Date): Promise<{ sinceTime: Date; isBack: boolean } | undefined> =>
      (await find([queue], now))[0],
    /**
     * Notes that the marker sent at `sinceTime` is on its way, and for how long so far. The note is valid until
     * `expires`. Resolves as `findLagSeconds`.
     */
    async noteMarker(
      queue: string,
      { sinceTime, lagSeconds, expires }: { sinceTime: Date; lagSeconds: number; expires: Date },
    ): Promise<number | undefined> {
      const $set = { since_time: sinceTime, lag_seconds: lagSeconds, expires };
      const options = { upsert: true, returnDocument: 'after' } as const;
      return toMarker(await db.queues.findOneAndUpdate({ _id: toId(queue) }, { $set }, options))?.lagSeconds;
    },
    /**
     * Everything that was sent before a marker of this time is applied. Both times are from the clock of the marker's
     * sender; no other clock matters.
     */
    async noteBack(queue: string, sentTime: Date): Promise<void> {
      // The marker may be back before the note that it was sent is written.
      const $setOnInsert = { expires: new Date(sentTime.getTime() + KEEP_MS) };
      const update = { $max: { back_time: sentTime }, $setOnInsert };
      await db.queues.updateOne({ _id: toId(queue) }, update, { upsert: true });
    },
    /**
     * In seconds, the greatest of these queues. 0 if no marker is on its way. Undefined if nobody sends markers, or
     * nobody has ever received one.
     */
    async findLagSeconds(queues: readonly string[], now: Date): Promise<number | undefined> {
      const known = (await find(queues, now)).flatMap(({ lagSeconds }) => lagSeconds ?? []);
      return known.length > 0 ? Math.max(...known) : undefined;
    },
  };
}
