import type { ScanResult } from '@cyberstroll/contracts';
import type { ScanAbortCode, ScanAbortedError, ScanContext, ScanFunction, ScanTarget } from '../src';

export const NOTHING: ScanResult = { open_ports: [], services: [], response_time: 0 };

interface HeldScan extends ScanContext {
  target: ScanTarget;
  finish(result?: ScanResult): void;
  fail(error: unknown): void;
  /** Why its signal aborted; undefined if it has not. */
  abortCode(): ScanAbortCode | undefined;
}

/** Scans that last until the test ends them. */
export function createHeldScans(): { scan: ScanFunction; started: HeldScan[]; of(subtaskId: string): HeldScan } {
  const started: HeldScan[] = [];
  return {
    started,
    scan: (target, context) =>
      new Promise((resolve, reject) => {
        const abortCode = () => (context.signal.reason as ScanAbortedError | undefined)?.code;
        started.push({ target, ...context, finish: (result = NOTHING) => resolve(result), fail: reject, abortCode });
      }),
    of(subtaskId) {
      const scan = started.find(({ target }) => target.subtask_id === subtaskId);
      if (!scan) throw new Error(`${subtaskId} has not started`);
      return scan;
    },
  };
}
