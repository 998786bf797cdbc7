import type { Limit, WaitingReason } from '@cyberstroll/contracts';
import { coversAddress, findFullPrefix, findNextClosing, type StandingLimit, toRoom } from '@cyberstroll/task-state';
import { toReason } from './waiting-causes';

/** A limit that may have no room now; without `stored` it is the task's own. */
export type ReadLimit = StandingLimit & { stored?: Limit };

/** A limit that has no room now. */
export interface FullLimit extends ReadLimit {
  /** There is room elsewhere, but not in this prefix. */
  prefix?: string | undefined;
  /** When it counts no longer, where it has windows. */
  until?: Date | undefined;
}

/**
 * Of the limits that cover the task, the first that has no room for a first attempt. `index`: of this address;
 * otherwise of any.
 */
export function findFullLimit(
  limits: readonly ReadLimit[],
  { taskId, index }: { taskId: string; index?: number | undefined },
  now: Date,
): FullLimit | undefined {
  for (const limit of limits) {
    if (!limit.tasks.has(taskId)) continue;
    if (index !== undefined && !coversAddress(limit, taskId, index)) continue;
    const isFull = toRoom(limit, 'first', now) < 1;
    const prefix = isFull || index === undefined ? undefined : findFullPrefix(limit, taskId, index);
    if (!isFull && prefix === undefined) continue;
    return { ...limit, prefix, until: findNextClosing(limit.stored?.windows ?? [], now) };
  }
  return undefined;
}

export function toLimitReason(limit: FullLimit): WaitingReason {
  const limit_id = limit.stored?.limit_id;
  return { ...toNumberReason(limit), ...(limit_id !== undefined && { limit_id }) };
}

function toNumberReason({ stored, numbers, use, state: { next_start }, prefix, until }: FullLimit): WaitingReason {
  const name = stored ? `limit ${stored.limit_id} (${toCoversText(stored)})` : 'the limit of the task itself';
  const { max_concurrent: most, max_starts_per_second: rate, per_prefix } = numbers;
  const end = until ? `; it counts until ${until.toISOString()}` : '';
  if (prefix !== undefined) {
    const allowed = `${name} allows ${per_prefix!.max_concurrent} at once in each prefix`;
    return toReason('limit', `${allowed}, and as many are sent out in ${prefix}${end}`, until);
  }
  if (most !== undefined && use.outstanding >= most) {
    return toReason('limit', `${name} allows ${most} at once, and as many are sent out${end}`, until);
  }
  const paced = `${name} allows ${rate} starts per second`;
  return use.not_begun > 0
    ? toReason('limit', `${paced}, and ${use.not_begun} that were sent out have not started${end}`, until)
    : toReason('limit', `${paced}${end}`, next_start);
}

const toCoversText = ({ covers }: Limit): string =>
  covers.all
    ? 'all tasks'
    : Object.entries(covers)
        .map(([kind, of]) => `${kind} ${of}`)
        .join();
