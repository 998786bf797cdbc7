import { FREE_HAND_BACKS, getErrorRule, NODE_LOSS_LIMIT, type TaskConfig } from '@cyberstroll/contracts';

export interface Failure {
  error_code: string;
  /** Retries so far. */
  retry_count: number;
  max_retries: number;
  /** Nodes lost under the subtask since its last retry by an operator, this one included. */
  node_losses: number;
  /** Times that it was handed back with NODE_DRAINING since then, this one included. */
  hand_backs?: number | undefined;
}

/** Past the time to notice a loss, what it costs at most: a lost node's work is elsewhere within 20 s all the same. */
const MAX_FREE_DELAY_MS = 2_000;

export type RetryDecision = { retry: true; delayMs: number; free: boolean } | { retry: false; error_code: string };

/**
 * Whether a failed attempt is followed by another, and after how long. A loss of the node, or its drain, is not the
 * address's fault: it costs no retry, and the first waits for nothing. Later ones wait a moment, jittered, so that a
 * fleet that crashes over and over is not handed everything at once each time. A subtask under which too many nodes were
 * lost rests; one that was handed back too often pays for each further time. `random` is in [0, 1).
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
  const free = rule.free ? countFree(failure) : undefined;
  if (free !== undefined) return { retry: true, delayMs: toFreeDelayMs(free, random), free: true };
  if (failure.retry_count >= failure.max_retries) return { retry: false, error_code: failure.error_code };
  return { retry: true, delayMs: toDelayMs(failure.retry_count, config, random), free: false };
}

/** How often it was free so far, this time included; undefined where it is free no more. */
function countFree({ error_code, node_losses, hand_backs = 1 }: Failure): number | undefined {
  if (error_code !== 'NODE_DRAINING') return node_losses;
  return hand_backs > FREE_HAND_BACKS ? undefined : hand_backs;
}

function toFreeDelayMs(times: number, random: number): number {
  const mostMs = times < 2 ? 0 : Math.min(MAX_FREE_DELAY_MS, 500 * 2 ** (times - 2));
  return Math.ceil(between(mostMs / 2, mostMs, random));
}

/**
 * Exponential backoff: between `retry_delay` and twice as much, doubled with each retry, so that no interval is shorter
 * than the one before. Once the cap is reached, between half of it and all of it, and never less than `retry_delay`,
 * which also wins over a smaller cap.
 */
function toDelayMs(
  retryCount: number,
  { retry_delay, max_retry_delay }: Pick<TaskConfig, 'retry_delay' | 'max_retry_delay'>,
  random: number,
): number {
  const capSeconds = Math.max(max_retry_delay, retry_delay);
  const leastSeconds = retry_delay * 2 ** retryCount;
  const least = leastSeconds < capSeconds ? leastSeconds : Math.max(capSeconds / 2, retry_delay);
  return Math.ceil(between(least, Math.min(2 * leastSeconds, capSeconds), random) * 1_000);
}

const between = (least: number, most: number, random: number): number => least + random * (most - least);
