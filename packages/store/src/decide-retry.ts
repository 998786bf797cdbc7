import { getErrorRule, NODE_LOSS_LIMIT, type TaskConfig } from '@cyberstroll/contracts';

export interface Failure {
  error_code: string;
  /** Retries so far. */
  retry_count: number;
  max_retries: number;
  /** Nodes lost under the subtask since its last retry by an operator, this one included. */
  node_losses: number;
}

/** Past the time to notice a loss, what it costs at most: a lost node's work is elsewhere within 20 s all the same. */
const MAX_LOSS_DELAY_MS = 2_000;

export type RetryDecision = { retry: true; delayMs: number; free: boolean } | { retry: false; error_code: string };

/**
 * Whether a failed attempt is followed by another, and after how long: exponential backoff from `retry_delay`, capped,
 * with full jitter. A loss of the node is not the address's fault: it costs no retry, and the first waits for nothing. Later
 * ones wait a moment, jittered, so that a fleet that crashes over and over is not handed everything at once each time; a
 * subtask under which too many nodes were lost rests. `random` is in [0, 1).
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
  if (rule.free) return { retry: true, delayMs: Math.floor(random * lossDelayMs(failure.node_losses)), free: true };
  if (failure.retry_count >= failure.max_retries) return { retry: false, error_code: failure.error_code };
  const ceilingMs = Math.min(config.max_retry_delay, config.retry_delay * 2 ** failure.retry_count) * 1_000;
  return { retry: true, delayMs: Math.floor(random * ceilingMs), free: false };
}

const lossDelayMs = (losses: number): number => (losses < 2 ? 0 : Math.min(MAX_LOSS_DELAY_MS, 500 * 2 ** (losses - 2)));
