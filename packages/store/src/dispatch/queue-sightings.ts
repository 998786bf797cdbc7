import type { Database } from '../mongodb/database';

/**
 * When queues were last seen empty. RabbitMQ does not tell how long a message waits; who looks at the queues again and again
 * can: none in a queue waits for longer than that. It is kept here, so that the API tells the same as the metrics, and the next one
 * that leads the sweep continues from it.
 */
export interface QueueSightings {
  /**
   * Notes how many messages wait now, by queue, and gives when each was last seen empty. It holds for `keepMs`: after a longer gap,
   * who knows what was meanwhile? Then it begins anew.
   */
  noteDepths(depths: ReadonlyMap<string, number>, now: Date, keepMs: number): Promise<Map<string, Date>>;
  /** Of these queues, those that are still looked at. */
  findEmptyTimes(queues: readonly string[], now: Date): Promise<Map<string, Date>>;
}

export function createQueueSightings(db: Database): QueueSightings {
  async function findEmptyTimes(queues: readonly string[], now: Date) {
    const found = await db.queues.find({ _id: { $in: queues }, expires: { $gt: now } }).toArray();
    return new Map(found.map(({ _id, empty_time }) => [_id, empty_time!]));
  }

  return {
    findEmptyTimes,
    async noteDepths(depths, now, keepMs) {
      const before = await findEmptyTimes([...depths.keys()], now);
      const emptyTimes = new Map(
        [...depths].map(([queue, count]) => [queue, (count > 0 && before.get(queue)) || now] as const),
      );
      const expires = new Date(now.getTime() + keepMs);
      const writes = [...emptyTimes].map(([queue, empty_time]) => ({
        updateOne: { filter: { _id: queue }, update: { $set: { empty_time, expires } }, upsert: true },
      }));
      if (writes.length > 0) await db.queues.bulkWrite(writes, { ordered: false });
      return emptyTimes;
    },
  };
}
