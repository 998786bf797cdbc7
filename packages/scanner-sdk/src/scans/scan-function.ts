import type { Scan, ScanErrorCode, ScanResult } from '@cyberstroll/contracts';
import type { RunClock } from './run-clock';

/** One address to scan. */
export interface ScanTarget {
  ip: string;
  task_id: string;
  subtask_id: string;
  attempt: number;
  /** Ascending, without repeats. */
  ports: readonly number[];
  method: Scan['method'];
  /** What the scan may take, on the context's clock; the SDK ends it then, by `signal`. */
  timeoutMs: number;
}

export interface ScanContext {
  /**
   * Aborts when the result is wanted no more: cancelled, out of time, or the node stops. The scan must end soon after;
   * whatever it still returns or throws is ignored.
   */
  signal: AbortSignal;
  /** Says how far the scan is, 0 to 100; shown with the next heartbeat. */
  progress(percent: number): void;
  /** For the scan's own time-outs. It stops while the process stalls, so that a stall is not mistaken for a silent target. */
  clock: RunClock;
}

/**
 * Scans one address. Resolves with what it found, and throws a ScanError for a failure that has a code; anything else that
 * it throws is reported as INTERNAL_ERROR.
 */
export type ScanFunction = (target: ScanTarget, context: ScanContext) => Promise<ScanResult>;

/** A scan that failed. The code decides whether another try may help. */
export class ScanError extends Error {
  override readonly name = 'ScanError';

  constructor(
    readonly code: ScanErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
