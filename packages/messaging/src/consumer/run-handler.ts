import { ERROR_KINDS } from '@cyberstroll/contracts';
import { type AppError, backoffMs, delay, type Logger, toAppError } from '@cyberstroll/runtime';
import type { PauseLog } from './pause-log';

const BACKOFF = { baseMs: 100, capMs: 3_000 };
const UNKNOWN_TRIES = 3;

export type Outcome<Result> =
  | { result: Result }
  /** Another try would fail too: the caller decides what becomes of the message. */
  | { failed: AppError }
  /** The message is no longer ours, or there is no time left for it. */
  | 'abandoned';

/**
 * Calls a handler until it returns, with the message unacked. A transient or overloaded error is retried with backoff
 * while the message may be held; a bug (kind `unknown`) is tried `tries` times; every other kind fails at once. A fatal
 * error is left unhandled on purpose: the process ends, and the broker still has the message.
 */
export async function runHandler<Result>(
  handle: () => Promise<Result>,
  {
    ending,
    queue,
    logger,
    pauses,
    tries = UNKNOWN_TRIES,
  }: { ending: AbortSignal; queue: string; logger: Logger; pauses: PauseLog; tries?: number },
): Promise<Outcome<Result>> {
  const handling = {};
  try {
    return await tryUntilDone();
  } finally {
    pauses.ended(handling);
  }

  async function tryUntilDone(): Promise<Outcome<Result>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return { result: await handle() };
      } catch (error) {
        const failure = toAppError(error);
        const { verdict, logLevel } = ERROR_KINDS[failure.kind];
        if (verdict === 'stop') {
          void Promise.reject(failure);
          return 'abandoned';
        }
        const isBug = failure.kind === 'unknown';
        if (verdict !== 'retry' || (isBug && attempt >= tries)) {
          logger[logLevel]({ queue, err: failure }, 'handler failed');
          return { failed: failure };
        }
        if (!isBug) pauses.failed(handling, failure);
        await delay(backoffMs(attempt, BACKOFF, Math.random()), ending);
        if (ending.aborted) return 'abandoned';
      }
    }
  }
}
