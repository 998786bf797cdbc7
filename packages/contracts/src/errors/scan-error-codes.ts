/**
 * Why a scan of an address failed, and whether another try may help. `free` retries cost none of the subtask's
 * `max_retries`: the address is not to blame. Those after NODE_LOST and NODE_DRAINING have a limit. A code that is not
 * listed is retried.
 */
export const SCAN_ERROR_CODES = {
  SUBTASK_TIMEOUT: { retryable: true, free: false, text: 'the scan took longer than subtask_timeout' },
  NETWORK_UNREACHABLE: { retryable: true, free: false, text: 'no route from the node' },
  RESOURCE_EXHAUSTED: { retryable: true, free: false, text: 'the node ran out of sockets or memory' },
  SCANNER_CRASHED: { retryable: true, free: false, text: 'the scan program ended abnormally' },
  INTERNAL_ERROR: { retryable: true, free: false, text: 'a bug in the node' },
  NODE_LOST: { retryable: true, free: true, text: 'the node that held the subtask was lost' },
  NODE_DRAINING: { retryable: true, free: true, text: 'the node stopped, or had no time, and handed the subtask back' },
  METHOD_UNSUPPORTED: { retryable: true, free: true, text: 'the node does not scan by the method of the job' },
  TASK_HELD: {
    retryable: true,
    free: true,
    text: 'a freeze, a blackout or a window aborted the scan, or its job may no longer begin',
  },
  NODE_LOST_LIMIT: { retryable: false, free: false, text: 'too many nodes were lost while they held the subtask' },
  OUT_OF_SCOPE: { retryable: false, free: false, text: 'the node may not scan this address' },
  SCANNER_MISSING: { retryable: false, free: false, text: 'the requested scan program is not installed on the node' },
  INVALID_JOB: { retryable: false, free: false, text: 'the node does not understand the job' },
  PERMISSION_DENIED: { retryable: false, free: false, text: 'the node lacks a right that the scan needs' },
} as const satisfies Record<string, { retryable: boolean; free: boolean; text: string }>;

export type ScanErrorCode = keyof typeof SCAN_ERROR_CODES;
