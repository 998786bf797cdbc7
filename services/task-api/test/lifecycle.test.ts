import { describeConnectedLifecycle } from '@cyberstroll/testkit';
import { createService } from './create-service';

describeConnectedLifecycle('task-api', createService);
