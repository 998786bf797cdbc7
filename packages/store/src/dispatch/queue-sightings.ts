import type { Database } from '../mongodb/models/database';

/** More than there are: of the updates, of the jobs of 100 pools, and two more. */
const MAX_QUEUES = 200;

/**
 * When queues were last seen empty. RabbitMQ does not say how long a message waits. But no message in a queue can have
 * waited since before the queue was last seen empty, so a sweep looks at the queues again and again. The times are
 * kept here, so that the API shows the same as the metrics, and the next leader of the sweep continues from them.
 */
export function createQueueSightings(db: Database) {
  async function findEmptyTimes(queues: readonly string[], now: Date) {
    const found = await db.queues.find({ _id: { $in: queues }, expires: { $gt: now } }).toArray();
    return new Map(found.map(({ _id, empty_time }) => [_id, empty_time!]));
  }

  return {
    /** For those of these queues that are still observed: when each was last seen empty. */
    findEmptyTimes,
    /** By queue: how many messages were noted last, where the note is valid. Of none while nobody notes any. */
    async findDepths(now: Date): Promise<Map<string, number>> {
      const noted = { messages: { $exists: true }, expires: { $gt: now } };
      const found = await db.queues.find(noted).sort({ _id: 1 }).limit(MAX_QUEUES).toArray();
      return new Map(found.map(({ _id, messages = 0 }) => [_id, messages]));
    },
    /**
     * Notes how many messages wait now, by queue, and returns when each queue was last seen empty. The note is valid
     * for `keepMs`. After a longer gap nobody knows what happened meanwhile, so the time starts again.
     */
    async noteDepths(depths: ReadonlyMap<string, number>, now: Date, keepMs: number): Promise<Map<string, Date>> {
      const before = await findEmptyTimes([...depths.keys()], now);
      const emptyTimes = new Map(
        [...depths].map(([queue, count]) => [queue, (count > 0 && before.get(queue)) || now] as const),
      );
      const expires = new Date(now.getTime() + keepMs);
      const writes = [...depths].map(([queue, messages]) => ({
        updateOne: {
          filter: { _id: queue },
          update: { $set: { empty_time: emptyTimes.get(queue)!, messages, expires } },
          upsert: true,
        },
      }));
      if (writes.length > 0) await db.queues.bulkWrite(writes, { ordered: false });
      return emptyTimes;
    },
  };
}
