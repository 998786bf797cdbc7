import { SCAN_ERROR_CODES, type ScanErrorCode, type TaskConfig } from '@cyberstroll/contracts';

/** Nodes that may be lost under one subtask before it is closed as FAILED. */
export const NODE_LOSS_LIMIT = 5;

/** Times that a subtask may be handed back with NODE_DRAINING free of cost; each further one costs a retry. */
const FREE_HAND_BACKS = 3;

export interface Failure {
  error_code: string;
  /** Retries so far. */
  retry_count: number;
  max_retries: number;
  /** Nodes that were lost while they held the subtask, since its last retry by an operator. Includes this loss. */
  node_losses: number;
  /** How often the subtask was handed back with NODE_DRAINING since then. Includes this time. */
  hand_backs?: number | undefined;
  /** The attempt that failed, from 1. */
  attempt: number;
}

/**
 * The longest delay of a free retry. A loss must be noticed first, and still a lost node's work is on another node
 * within 20 s.
 */
const MAX_FREE_DELAY_MS = 2_000;
/**
 * The same after METHOD_UNSUPPORTED: nodes of the pool that scan by the method are busy, or none is left. Without one
 * the retry is not sent at all. And after TASK_HELD, which waits for the end of the hold anyway.
 */
const MAX_METHOD_DELAY_MS = 30_000;

export type RetryDecision = { retry: true; delayMs: number; free: boolean } | { retry: false; error_code: string };

/**
 * Decides whether a failed attempt is retried, and after how long. The loss or the drain of a node is not the
 * address's fault: such a retry is free, and the first one has no delay. Later free retries have a short delay with
 * jitter, so that a fleet that crashes again and again does not get everything back at once each time. A subtask that
 * lost too many nodes is closed as FAILED. One that was handed back too often uses up a retry each further time. A node
 * that does not scan by the method, or a hold, costs nothing, however often: each time the delay is longer.
 * `random` is in [0, 1).
 */
export function decideRetry(
  failure: Failure,
  config: Pick<TaskConfig, 'retry_delay' | 'max_retry_delay' | 'retryable'>,
  random: number,
): RetryDecision {
  const rule = getErrorRule(failure.error_code, config.retryable);
  if (failure.error_code === 'NODE_LOST' && failure.node_losses >= NODE_LOSS_LIMIT) {
    return { retry: false, error_code: 'NODE_LOST_LIMIT' };
  }
  if (!rule.retryable) return { retry: false, error_code: failure.error_code };
  if (failure.error_code === 'METHOD_UNSUPPORTED' || failure.error_code === 'TASK_HELD') {
    // The free retries so far, with those of other codes, and one more than this one: the first has a delay, too.
    const times = failure.attempt - failure.retry_count + 1;
    return { retry: true, delayMs: toFreeDelayMs(times, MAX_METHOD_DELAY_MS, random), free: true };
  }
  const free = rule.free ? countFree(failure) : undefined;
  if (free !== undefined) return { retry: true, delayMs: toFreeDelayMs(free, MAX_FREE_DELAY_MS, random), free: true };
  if (failure.retry_count >= failure.max_retries) return { retry: false, error_code: failure.error_code };
  return { retry: true, delayMs: toDelayMs(failure.retry_count, config, random), free: false };
}

const UNLISTED = { retryable: true, free: false };

/** The rule of a code, with a task's own choice on top: but a hold only puts a scan off, whatever the task says. */
function getErrorRule(code: string, overrides: Record<string, boolean> = {}): { retryable: boolean; free: boolean } {
  const rule = Object.hasOwn(SCAN_ERROR_CODES, code) ? SCAN_ERROR_CODES[code as ScanErrorCode] : UNLISTED;
  const isChosen = Object.hasOwn(overrides, code) && code !== 'TASK_HELD';
  return { free: rule.free, retryable: isChosen ? overrides[code]! : rule.retryable };
}

/** How many free retries there were, this one included. Undefined if no more of them are free. */
function countFree({ error_code, node_losses, hand_backs = 1 }: Failure): number | undefined {
  if (error_code !== 'NODE_DRAINING') return node_losses;
  return hand_backs > FREE_HAND_BACKS ? undefined : hand_backs;
}

function toFreeDelayMs(times: number, limitMs: number, random: number): number {
  const mostMs = times < 2 ? 0 : Math.min(limitMs, 500 * 2 ** (times - 2));
  return Math.ceil(between(mostMs / 2, mostMs, random));
}

/**
 * Exponential backoff: between `retry_delay` and twice as much, doubled with each retry, and the cap once that is
 * reached. So no interval is shorter than the one before. A cap below `retry_delay` has no effect.
 */
function toDelayMs(
  retryCount: number,
  { retry_delay, max_retry_delay }: Pick<TaskConfig, 'retry_delay' | 'max_retry_delay'>,
  random: number,
): number {
  const capSeconds = Math.max(max_retry_delay, retry_delay);
  const leastSeconds = Math.min(retry_delay * 2 ** retryCount, capSeconds);
  return Math.ceil(between(leastSeconds, Math.min(2 * leastSeconds, capSeconds), random) * 1_000);
}

const between = (least: number, most: number, random: number): number => least + random * (most - least);
