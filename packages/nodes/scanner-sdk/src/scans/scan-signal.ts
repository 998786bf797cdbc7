import { setMaxListeners } from 'node:events';
import { type ScanAbortCode, ScanAbortedError } from './scan-errors';

export interface ScanSignal {
  readonly signal: AbortSignal;
  abort(code: ScanAbortCode): void;
}

/** A signal that is made when it is first read: it takes five times as long as the rest of a scan's start. */
export function createScanSignal(): ScanSignal {
  let controller: AbortController | undefined;
  let aborted: ScanAbortCode | undefined;

  return {
    get signal() {
      if (!controller) {
        controller = new AbortController();
        // A scan has as many listeners as ports that it probes.
        setMaxListeners(0, controller.signal);
        if (aborted) controller.abort(new ScanAbortedError(aborted));
      }
      return controller.signal;
    },
    abort(code) {
      aborted ??= code;
      controller?.abort(new ScanAbortedError(aborted));
    },
  };
}
