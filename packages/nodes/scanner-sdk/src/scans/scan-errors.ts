import { errorCodeSchema, readSafely, type ScanErrorCode } from '@cyberstroll/contracts';

/**
 * A failure that a scan function throws. Its code is one of the contract or your own, and decides whether the subtask
 * is retried; `NODE_DRAINING` hands the subtask back. Throws a TypeError for a code that the server would refuse.
 */
export class ScanError extends Error {
  override readonly name = 'ScanError';

  constructor(
    /** A code of the contract, or your own of the form `[A-Z][A-Z0-9_]{0,49}`, which is retried. */
    readonly code: ScanErrorCode | (string & {}),
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    const { error } = readSafely(errorCodeSchema, code);
    if (error) throw new TypeError(`the code of a ScanError ${error.issues[0]?.message}, ${code} is not`);
  }
}

/** Why the result of a scan is no longer wanted. */
const SCAN_ABORTS = {
  cancelled: 'the task has ended: it was cancelled, or ended otherwise',
  timed_out: 'the scan took longer than its time-out',
  lease_lost: 'the node no longer has this attempt: it was cut off, or the server gave the subtask away',
  draining: 'the node is stopping',
} as const;
export type ScanAbortCode = keyof typeof SCAN_ABORTS;

/** The `reason` of a scan's aborted signal. */
export class ScanAbortedError extends Error {
  override readonly name = 'ScanAbortedError';

  constructor(readonly code: ScanAbortCode) {
    super(SCAN_ABORTS[code]);
  }
}
