import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createDispatcherService } from './service';

void runService({
  name: 'dispatcher',
  configShape,
  createService: createDispatcherService,
});
