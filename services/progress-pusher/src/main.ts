import { createLogger, loadConfig, runService, toInstanceId } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createProgressPusherService } from './service';

const config = loadConfig(configShape, process.env);
const instance = toInstanceId('progress-pusher', config.INSTANCE_ID);
const logger = createLogger({ service: 'progress-pusher', instance, level: config.LOG_LEVEL });
void runService(createProgressPusherService(config, logger), { logger });
