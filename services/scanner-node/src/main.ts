import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createScannerNodeService } from './service';

void runService({
  name: 'scanner-node',
  configShape,
  createService: createScannerNodeService,
  // The scans that run get their time to end, then the last reports their time to be confirmed.
  toDeadlineMs: (config) => config.DRAIN_TIMEOUT_MS + 10_000,
});
