import { type Hold, type Task, toDurationText, type WaitingCode, type WaitingReason } from '@cyberstroll/contracts';
import type { PoolState, WaitingContext } from './pool-state';

/** The reasons that tasks and subtasks share. */

export const toReason = (code: WaitingCode, message: string, until?: Date): WaitingReason => ({
  code,
  message,
  ...(until && { until: until.toISOString() }),
});

/** `1 task`, `2 tasks` */
export const toCountText = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** How long ago `from` was, in words. */
export const toAgeText = (from: Date, now: Date): string => toDurationText((now.getTime() - from.getTime()) / 1_000);

const BROKER_TROUBLES = {
  up: undefined,
  blocked: toReason(
    'dependency_down',
    'RabbitMQ has a memory or disk alarm and accepts no messages until the alarm ends',
  ),
  down: toReason('dependency_down', 'the API has no connection to RabbitMQ: jobs and updates wait until it is back'),
};

/** Why a CREATED task is not QUEUED yet. */
export function toNotQueued({ created_time }: Pick<Task, 'created_time'>, around: WaitingContext): WaitingReason {
  const trouble = BROKER_TROUBLES[around.broker];
  if (trouble) return trouble;
  const age = toAgeText(created_time, around.now);
  return toReason('not_queued', `the dispatcher has not queued the task yet, ${age} after its creation`);
}

/** Why no new work can reach a node. */
export function toBlocked(pool: PoolState, around: WaitingContext): WaitingReason | undefined {
  return BROKER_TROUBLES[around.broker] ?? (pool.serving > 0 ? undefined : toUnserved(pool, around.now));
}

function toUnserved({ name, method, heard, silent, unable, lastSeen }: PoolState, now: Date): WaitingReason {
  if (unable > 0) {
    const others = `${toCountText(unable, 'node')} of the pool ${unable === 1 ? 'takes' : 'take'} other work`;
    return toReason('no_node_for_method', `no node of pool "${name}" takes ${method} scans; ${others}`);
  }
  if (heard > 0) {
    const message =
      `${toCountText(heard, 'node')} of pool "${name}" ${heard === 1 ? 'is' : 'are'} draining, and no other node ` +
      'takes work of this pool';
    return toReason('no_node_in_pool', message);
  }
  if (silent === 0 || !lastSeen) return toReason('no_node_in_pool', `no node takes work of pool "${name}"`);
  const nodes = silent === 1 ? 'the node' : `all ${silent} nodes`;
  const message =
    `${nodes} of pool "${name}" ${silent === 1 ? 'is' : 'are'} offline or silent; the last heartbeat came ` +
    `${toAgeText(lastSeen, now)} ago`;
  return toReason('nodes_silent', message);
}

export function toFleetBusy({ name, capacity, tasks }: PoolState): WaitingReason {
  const slots = capacity === 1 ? 'the one slot' : `all ${capacity} slots`;
  const share = tasks === 1 ? '1 task shares' : `${tasks} tasks share`;
  return toReason('fleet_busy', `${slots} of pool "${name}" ${capacity === 1 ? 'is' : 'are'} taken; ${share} it`);
}

/** Why a rule lets nothing of a held task begin. */
export function toHeld({ code, reason, operator, since, until }: Hold): WaitingReason {
  if (code === 'outside_window') return toReason(code, `none of its windows is open: ${reason}`, until);
  const what = code === 'frozen' ? 'frozen' : 'in a blackout';
  return toReason(code, `${what} by ${operator}, held since ${since.toISOString()}: ${reason}`, until);
}

/** Who paused the task, when and why. */
export function toPausedText({ status_history }: Pick<Task, 'status_history'>): string {
  const entry = status_history.findLast(({ status }) => status === 'PAUSED');
  return entry ? `paused by ${entry.operator} since ${entry.timestamp.toISOString()}: ${entry.reason}` : 'paused';
}
