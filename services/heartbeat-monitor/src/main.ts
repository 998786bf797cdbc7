import { runService } from '@cyberstroll/runtime';
import { configShape } from './config';
import { createHeartbeatMonitorService } from './service';

void runService({
  name: 'heartbeat-monitor',
  configShape,
  createService: createHeartbeatMonitorService,
});
