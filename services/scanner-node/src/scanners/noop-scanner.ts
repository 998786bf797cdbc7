import type { ScanResult } from '@cyberstroll/contracts';
import { delay } from '@cyberstroll/runtime';
import type { ScanFunction } from '@cyberstroll/scanner-sdk';

const NOTHING: ScanResult = { open_ports: [], services: [], response_time: 0 };

/** Opens no socket and finds nothing after `scanMs` milliseconds: for benches, which measure the task state alone. */
export function createNoopScanner({ scanMs }: { scanMs: number }): ScanFunction {
  if (scanMs === 0) return async () => NOTHING;
  return async (_target, { signal }) => {
    await delay(scanMs, signal);
    return NOTHING;
  };
}
