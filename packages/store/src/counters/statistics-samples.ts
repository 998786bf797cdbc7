import { SAMPLE_SECONDS, type StatisticsSample } from '@cyberstroll/contracts';
import type { Database } from '../mongodb/models/database';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';

/** Which ten seconds a moment is in: the `_id` of its sample. */
const toSlot = (time: Date): number => Math.floor(time.getTime() / (SAMPLE_SECONDS * 1_000));

/** Samples of the figures of the fleet: `statistics_samples`, one for each ten seconds, for an hour. */
export function createStatisticsSamples(db: Database) {
  return {
    /** Writes nothing if these ten seconds have a sample: another leader may have taken it. */
    async add(sample: StatisticsSample): Promise<void> {
      try {
        await db.statisticsSamples.insertOne({ _id: toSlot(sample.timestamp), ...sample });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
    /** Those of the last minutes, the oldest first. */
    find(minutes: number, now: Date): Promise<StatisticsSample[]> {
      const after = toSlot(new Date(now.getTime() - minutes * 60_000));
      return db.statisticsSamples
        .find<StatisticsSample>({ _id: { $gt: after } }, { projection: { _id: 0 } })
        .sort({ _id: 1 })
        .limit((minutes * 60) / SAMPLE_SECONDS + 1)
        .toArray();
    },
  };
}
