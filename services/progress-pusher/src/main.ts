import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createProgressPusherService } from './service';

void runService({
  name: 'progress-pusher',
  configShape,
  createService: createProgressPusherService,
});
