import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createRetrySchedulerService } from './service';

void runService({
  name: 'retry-scheduler',
  configShape,
  createService: createRetrySchedulerService,
});
