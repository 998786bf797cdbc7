import {
  type Hold,
  type SentenceText,
  type Task,
  toSaid,
  toSentence,
  type WaitingCode,
  type WaitingReason,
} from '@cyberstroll/contracts';
import type { PoolState, WaitingContext } from './pool-state';

/** The reasons that tasks and subtasks share. */

export const toReason = (code: WaitingCode, message: SentenceText, until?: Date): WaitingReason => ({
  code,
  message,
  ...toSaid(message, 'waiting'),
  ...(until && { until: until.toISOString() }),
});

/** How long ago `from` was, in seconds. */
export const toAge = (from: Date, now: Date): number => (now.getTime() - from.getTime()) / 1_000;

const BROKER_TROUBLES = {
  up: undefined,
  blocked: toReason('dependency_down', toSentence('rabbitmq_blocked')),
  down: toReason('dependency_down', toSentence('rabbitmq_down')),
};

/** Why a CREATED task is not QUEUED yet. */
export function toNotQueued({ created_time }: Pick<Task, 'created_time'>, around: WaitingContext): WaitingReason {
  const trouble = BROKER_TROUBLES[around.broker];
  if (trouble) return trouble;
  return toReason('not_queued', toSentence('not_queued', { age_seconds: toAge(created_time, around.now) }));
}

/** Why no new work can reach a node. */
export function toBlocked(pool: PoolState, around: WaitingContext): WaitingReason | undefined {
  return BROKER_TROUBLES[around.broker] ?? (pool.serving > 0 ? undefined : toUnserved(pool, around.now));
}

function toUnserved({ name, method, heard, silent, unable, lastSeen }: PoolState, now: Date): WaitingReason {
  if (unable > 0) {
    return toReason('no_node_for_method', toSentence('other_work', { pool: name, method, nodes: unable }));
  }
  if (heard > 0) {
    return toReason('no_node_in_pool', toSentence('pool_draining', { pool: name, nodes: heard }));
  }
  if (silent === 0 || !lastSeen) return toReason('no_node_in_pool', toSentence('no_node', { pool: name }));
  const silence = { pool: name, silence_seconds: toAge(lastSeen, now) };
  const message =
    silent === 1
      ? toSentence('the_node_silent', silence)
      : toSentence('all_nodes_silent', { nodes: silent, ...silence });
  return toReason('nodes_silent', message);
}

export function toFleetBusy({ name, capacity, tasks }: PoolState): WaitingReason {
  const message =
    capacity === 1
      ? toSentence('one_slot_taken', { pool: name, tasks })
      : toSentence('slots_taken', { slots: capacity, pool: name, tasks });
  return toReason('fleet_busy', message);
}

/** Why a rule lets nothing of a held task begin. */
export function toHeld({ code, reason, operator, since, until }: Hold): WaitingReason {
  if (code === 'outside_window') return toReason(code, toSentence('no_window_open', { when: reason }), until);
  const what = code === 'frozen' ? 'frozen' : 'in_blackout';
  return toReason(code, toSentence(what, { operator: String(operator), since_time: since, reason }), until);
}

/** Who paused the task, when and why. */
export function toPausedText({ status_history }: Pick<Task, 'status_history'>): SentenceText {
  const entry = status_history.findLast(({ status }) => status === 'PAUSED');
  if (!entry) return toSentence('paused');
  const { operator, timestamp, reason } = entry;
  return toSentence('paused_by', { operator, since_time: timestamp, reason });
}
