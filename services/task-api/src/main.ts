import { createLogger, loadConfig, runService, toInstanceId } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createTaskApiService } from './service';

const config = loadConfig(configShape, process.env);
const instance = toInstanceId('task-api', config.INSTANCE_ID);
const logger = createLogger({ service: 'task-api', instance, level: config.LOG_LEVEL });
void runService(createTaskApiService(config, logger), { logger });
