import { QUEUES } from '@cyberstroll/contracts';
import type { Database } from '../mongodb/models/database';
import type { QueueDocument } from '../mongodb/models/documents';

/** How long a note is kept after nobody sends markers any more. */
const KEEP_MS = 3_600_000;

/**
 * How long it takes until an update is applied. A marker that is sent through the queue of updates again and again
 * measures it.
 */
export function createQueueLag(db: Database) {
  const _id = `${QUEUES.stateUpdates.name}#lag`;

  const find = async (now: Date) => toMarker(await db.queues.findOne({ _id, expires: { $gt: now } }));

  function toMarker(found: QueueDocument | null) {
    if (!found?.since_time) return undefined;
    const { since_time: sinceTime, back_time: backTime, lag_seconds: lagSeconds } = found;
    if (!backTime) return { sinceTime, isBack: false, lagSeconds: undefined };
    const isBack = backTime >= sinceTime;
    return { sinceTime, isBack, lagSeconds: isBack ? 0 : lagSeconds };
  }

  return {
    /** The time of the oldest marker that has not come back, and what was last known about it. */
    findMarker: find satisfies (now: Date) => Promise<{ sinceTime: Date; isBack: boolean } | undefined>,
    /**
     * Notes that the marker sent at `sinceTime` is on its way, and for how long so far. The note is valid until
     * `expires`. Resolves as `findLagSeconds`.
     */
    async noteMarker({
      sinceTime,
      lagSeconds,
      expires,
    }: {
      sinceTime: Date;
      lagSeconds: number;
      expires: Date;
    }): Promise<number | undefined> {
      const $set = { since_time: sinceTime, lag_seconds: lagSeconds, expires };
      const options = { upsert: true, returnDocument: 'after' } as const;
      return toMarker(await db.queues.findOneAndUpdate({ _id }, { $set }, options))?.lagSeconds;
    },
    /**
     * Everything that was sent before a marker of this time is applied. Both times are from the clock of the marker's
     * sender; no other clock matters.
     */
    async noteBack(sentTime: Date): Promise<void> {
      // The marker may be back before the note that it was sent is written.
      const $setOnInsert = { expires: new Date(sentTime.getTime() + KEEP_MS) };
      const update = { $max: { back_time: sentTime }, $setOnInsert };
      await db.queues.updateOne({ _id }, update, { upsert: true });
    },
    /** 0 if no marker is on its way. Undefined if nobody sends markers, or nobody has ever received one. */
    findLagSeconds: async (now: Date): Promise<number | undefined> => (await find(now))?.lagSeconds,
  };
}
