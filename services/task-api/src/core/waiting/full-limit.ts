import type { Limit, WaitingReason } from '@cyberstroll/contracts';
import { type StandingLimit, toRoom } from '@cyberstroll/task-state';
import { toReason } from './waiting-causes';

/** A limit that has no room now; without `stored` it is the task's own. */
export type FullLimit = StandingLimit & { stored?: Limit };

/** Of the limits that cover the task, the first that has no room for a first attempt. */
export const findFullLimit = (limits: readonly FullLimit[], taskId: string, now: Date): FullLimit | undefined =>
  limits.find((limit) => limit.tasks.has(taskId) && toRoom(limit, 'first', now) < 1);

export function toLimitReason({ stored, numbers, use, state: { next_start } }: FullLimit): WaitingReason {
  const name = stored ? `limit ${stored.limit_id} (${toCoversText(stored)})` : 'the limit of the task itself';
  const { max_concurrent: most, max_starts_per_second: rate } = numbers;
  if (most !== undefined && use.outstanding >= most) {
    return toReason('limit', `${name} allows ${most} at once, and as many are sent out`);
  }
  const paced = `${name} allows ${rate} starts per second`;
  return use.not_begun > 0
    ? toReason('limit', `${paced}, and ${use.not_begun} that were sent out have not started`)
    : toReason('limit', paced, next_start);
}

const toCoversText = ({ covers }: Limit): string =>
  covers.all
    ? 'all tasks'
    : Object.entries(covers)
        .map(([kind, of]) => `${kind} ${of}`)
        .join();
