import { isReasonCode } from '@cyberstroll/contracts';
import type { WaitingDeadLetters } from '@cyberstroll/task-state';
import type { Models } from '../mongodb/create-models';

/** Dead letters that are counted: where more wait, that is all that is to be known. */
const MAX_COUNTED = 100_000;
/** Reasons that are told apart, those of most dead letters first; what strangers write is `other`. */
const MAX_REASONS = 40;

/** The dead letters that nobody has replayed or discarded; with `taskId`, those of that task. */
export async function countWaitingDeadLetters({ deadLetters }: Models, taskId?: string): Promise<WaitingDeadLetters> {
  const filter = { ...(taskId !== undefined && { task_id: taskId }), state: 'waiting' };
  const [total, groups] = await Promise.all([
    deadLetters.collection.countDocuments(filter, { limit: MAX_COUNTED }),
    deadLetters.collection
      .aggregate<{ _id: string; count: number }>([
        { $match: filter },
        { $limit: MAX_COUNTED },
        { $group: { _id: '$reason', count: { $sum: 1 } } },
        { $sort: { count: -1, _id: 1 } },
        { $limit: MAX_REASONS },
      ])
      .toArray(),
  ]);
  const known = groups.filter(({ _id }) => isReasonCode(_id));
  const others = total - known.reduce((sum, { count }) => sum + count, 0);
  const entries = known.map(({ _id, count }): [string, number] => [_id, count]);
  if (others > 0) entries.push(['other', others]);
  return { dead_letters_waiting: total, dead_letters_by_reason: Object.fromEntries(entries) };
}
