import { createLogger, loadConfig, runService, toInstanceId } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createStateUpdaterService } from './service';

const config = loadConfig(configShape, process.env);
const instance = toInstanceId('state-updater', config.INSTANCE_ID);
const logger = createLogger({ service: 'state-updater', instance, level: config.LOG_LEVEL });

void runService(createStateUpdaterService(config, logger), { logger });
