import { createLogger, loadConfig, runService, toInstanceId } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createScannerNodeService } from './service';

const CLOSING_MS = 10_000;

const config = loadConfig(configShape, process.env);
const logger = createLogger({
  service: 'scanner-node',
  instance: toInstanceId('scanner-node', config.INSTANCE_ID),
  level: config.LOG_LEVEL,
});
const service = createScannerNodeService(config, logger);

void runService(service, { logger, deadlineMs: config.DRAIN_TIMEOUT_MS + CLOSING_MS });
