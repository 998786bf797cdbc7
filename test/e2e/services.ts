/** The six services, for a test that runs them in its own process: each as its `main.ts` makes it. */
import { type Logger, loadConfig, type Service } from '@cyberstroll/runtime';
import type { z } from 'zod';
import * as dispatcher from '../../services/dispatcher/src/config';
import { createDispatcherService } from '../../services/dispatcher/src/service';
import * as heartbeatMonitor from '../../services/heartbeat-monitor/src/config';
import { createHeartbeatMonitorService } from '../../services/heartbeat-monitor/src/service';
import * as progressPusher from '../../services/progress-pusher/src/config';
import { createProgressPusherService } from '../../services/progress-pusher/src/service';
import * as retryScheduler from '../../services/retry-scheduler/src/config';
import { createRetrySchedulerService } from '../../services/retry-scheduler/src/service';
import * as stateUpdater from '../../services/state-updater/src/config';
import { createStateUpdaterService } from '../../services/state-updater/src/service';
import * as taskApi from '../../services/task-api/src/config';
import { createTaskApiService } from '../../services/task-api/src/service';
import type { ServiceName } from './test-stack';

type Create = (environment: NodeJS.ProcessEnv, logger: Logger) => Service;

const toCreate =
  <Shape extends z.ZodRawShape>(
    { configShape }: { configShape: Shape },
    createService: (config: z.infer<z.ZodObject<Shape>>, logger: Logger) => Service,
  ): Create =>
  (environment, logger) =>
    createService(loadConfig(configShape, environment), logger);

export const CREATE: Record<ServiceName, Create> = {
  'task-api': toCreate(taskApi, createTaskApiService),
  dispatcher: toCreate(dispatcher, createDispatcherService),
  'state-updater': toCreate(stateUpdater, createStateUpdaterService),
  'heartbeat-monitor': toCreate(heartbeatMonitor, createHeartbeatMonitorService),
  'retry-scheduler': toCreate(retryScheduler, createRetrySchedulerService),
  'progress-pusher': toCreate(progressPusher, createProgressPusherService),
};
