import type { ScanResult } from '@cyberstroll/contracts';
import type { ScanContext, ScanFunction, ScanTarget } from '../src';

export const NOTHING: ScanResult = { open_ports: [], services: [], response_time: 0 };

interface HeldScan extends ScanContext {
  target: ScanTarget;
  finish(): void;
}

/** Scans that last until the test ends them. */
export function createHeldScans(): { scan: ScanFunction; started: HeldScan[] } {
  const started: HeldScan[] = [];
  return {
    started,
    scan: (target, context) =>
      new Promise((resolve) => {
        started.push({ target, ...context, finish: () => resolve(NOTHING) });
      }),
  };
}
