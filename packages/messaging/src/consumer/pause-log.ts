import { AppError, type Logger } from '@cyberstroll/runtime';

/**
 * Whether the handling of a consumer waits, and for what. Many messages may wait at once, usually for the same reason.
 */
export interface PauseLog {
  /** A handling failed and is retried. `handling` identifies it. */
  failed(handling: object, failure: AppError): void;
  /** The handling has ended, with success or without. */
  ended(handling: object): void;
  /**
   * Throws AppError transient `handling_stalled`, with the error, once a handling has been failing for a minute.
   */
  check(): void;
}

/** After this time it is not a passing fault: an operator should look. */
const STANDSTILL_MS = 60_000;
const REPEAT_MS = 300_000;

/**
 * Logs a pause once when it begins and once when it ends, however many messages and tries it takes; while it lasts,
 * with the error of that moment, after a minute and then every five.
 */
export function createPauseLog(
  logger: Logger,
  queue: string,
  { standstillMs = STANDSTILL_MS, repeatMs = REPEAT_MS }: { standstillMs?: number; repeatMs?: number } = {},
): PauseLog {
  /** When each failed first, oldest first. */
  const paused = new Map<object, number>();
  let last: AppError | undefined;
  let logAgainAt = 0;
  const getPausedMs = () => performance.now() - (paused.values().next().value ?? performance.now());

  return {
    failed(handling, failure) {
      const now = performance.now();
      last = failure;
      if (paused.size === 0) {
        logAgainAt = now + standstillMs;
        logger.warn({ queue, err: failure }, 'intake paused');
      } else if (now >= logAgainAt) {
        logAgainAt = now + repeatMs;
        logger.error({ queue, err: failure, duration_ms: Math.round(getPausedMs()) }, 'intake still paused');
      }
      if (!paused.has(handling)) paused.set(handling, now);
    },
    ended(handling) {
      if (paused.delete(handling) && paused.size === 0) logger.info({ queue }, 'intake resumed');
    },
    check() {
      const pausedMs = getPausedMs();
      if (paused.size === 0 || pausedMs < standstillMs) return;
      const seconds = Math.round(pausedMs / 1_000);
      const detail = `those of ${queue} have waited for ${seconds} s: ${last!.message}`;
      throw new AppError('handling_stalled', { detail }, { cause: last });
    },
  };
}
