import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createTaskApiService } from './service';

void runService({
  name: 'task-api',
  configShape,
  createService: createTaskApiService,
});
