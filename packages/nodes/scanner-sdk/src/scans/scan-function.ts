import type { ReportedResult } from '@cyberstroll/contracts';
import type { RunClock } from './run-clock';

/** One address to scan. */
export interface ScanTarget {
  ip: string;
  task_id: string;
  subtask_id: string;
  attempt: number;
  /** Ascending, without duplicates. */
  ports: readonly number[];
  /** What the client asked for: one of the node's `methods`. */
  method: string;
  /** What the client gave the method, as it gave it: check it, and never make a shell's text of it. */
  options?: Readonly<Record<string, unknown>>;
  /** Milliseconds that the scan may take on the context's clock. Then the SDK reports TIMEOUT and aborts `signal`. */
  timeoutMs: number;
}

export interface ScanContext {
  /**
   * Aborts when the result is no longer wanted. Its `reason` is a ScanAbortedError, whose `code` says why: `cancelled`,
   * `timed_out`, `lease_lost` or `draining`. The scan must end soon after; what it then returns or throws is ignored.
   */
  signal: AbortSignal;
  /** Says how far the scan is, 0 to 100. The next heartbeat shows it. */
  progress(percent: number): void;
  /**
   * For the scan's own time-outs. It stops while the process stalls, so that a stall does not look like a silent
   * target.
   */
  clock: RunClock;
}

/**
 * Scans one address and resolves with what it found. Throw a ScanError for a failure that has a code; any other error
 * is reported as INTERNAL_ERROR.
 */
export type ScanFunction = (target: ScanTarget, context: ScanContext) => Promise<ReportedResult>;
