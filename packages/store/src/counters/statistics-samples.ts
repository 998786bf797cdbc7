import { COARSE_SECONDS, SAMPLE_SECONDS, type StatisticsSample, toHistorySeconds } from '@cyberstroll/contracts';
import type { Database } from '../mongodb/models/database';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';

/** Which span of `seconds` a moment is in: the `_id` of its sample. */
const toSlot = (time: Date, seconds: number): number => Math.floor(time.getTime() / (seconds * 1_000));

/**
 * Samples of the figures of the fleet: one for each ten seconds, for an hour (`statistics_samples`), and the first one
 * of each five minutes, for a week (`coarse_samples`).
 */
export function createStatisticsSamples(db: Database) {
  let lastCoarse = 0;

  async function insert(into: 'statisticsSamples' | 'coarseSamples', _id: number, sample: StatisticsSample) {
    try {
      await db[into].insertOne({ _id, ...sample });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  return {
    /** Writes nothing if these ten seconds have a sample: another leader may have taken it. */
    async add(sample: StatisticsSample): Promise<void> {
      await insert('statisticsSamples', toSlot(sample.timestamp, SAMPLE_SECONDS), sample);
      const coarse = toSlot(sample.timestamp, COARSE_SECONDS);
      if (coarse === lastCoarse) return;
      await insert('coarseSamples', coarse, sample);
      lastCoarse = coarse;
    },
    /** Those of the last minutes, the oldest first, as far apart as `toHistorySeconds` says. */
    find(minutes: number, now: Date): Promise<StatisticsSample[]> {
      const seconds = toHistorySeconds(minutes);
      const isFine = seconds === SAMPLE_SECONDS;
      const after = toSlot(new Date(now.getTime() - minutes * 60_000), isFine ? SAMPLE_SECONDS : COARSE_SECONDS);
      const every = seconds / COARSE_SECONDS;
      const kept = isFine ? db.statisticsSamples : db.coarseSamples;
      return kept
        .find<StatisticsSample>(
          { _id: { $gt: after, ...(every > 1 && { $mod: [every, 0] }) } },
          { projection: { _id: 0 } },
        )
        .sort({ _id: 1 })
        .limit((minutes * 60) / seconds + 1)
        .toArray();
    },
  };
}
