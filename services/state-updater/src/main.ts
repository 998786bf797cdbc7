import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createStateUpdaterService } from './service';

void runService({
  name: 'state-updater',
  configShape,
  createService: createStateUpdaterService,
});
