import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createScannerNodeService } from './service';

void runService({
  name: 'scanner-node',
  configShape,
  createService: createScannerNodeService,
  // Running scans may end first, then reports must be confirmed.
  toDeadlineMs: (config) => config.DRAIN_TIMEOUT_MS + 10_000,
});
