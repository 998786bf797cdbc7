import type { Database } from '../mongodb/models/database';

/** Messages per second. */
export interface QueueRates {
  in_per_second: number;
  out_per_second: number;
}

/** How much goes through each queue. One service asks the management API of RabbitMQ; the others read it here. */
export function createQueueRates(db: Database) {
  const toId = (queue: string) => `${queue}#rates`;

  return {
    /** Valid for `keepMs`. */
    async note(rates: ReadonlyMap<string, QueueRates>, now: Date, keepMs: number): Promise<void> {
      if (rates.size === 0) return;
      const expires = new Date(now.getTime() + keepMs);
      const writes = [...rates].map(([queue, { in_per_second, out_per_second }]) => ({
        updateOne: {
          filter: { _id: toId(queue) },
          update: { $set: { in_per_second, out_per_second, expires } },
          upsert: true,
        },
      }));
      await db.queues.bulkWrite(writes, { ordered: false });
    },
    /** Those of these queues, by queue, that are valid. */
    async find(queues: readonly string[], now: Date): Promise<Map<string, QueueRates>> {
      const found = await db.queues.find({ _id: { $in: queues.map(toId) }, expires: { $gt: now } }).toArray();
      return new Map(
        found.map(({ _id, in_per_second = 0, out_per_second = 0 }) => [
          _id.slice(0, -toId('').length),
          { in_per_second, out_per_second },
        ]),
      );
    },
  };
}
