import { describeConnectedLifecycle } from '@cyberstroll/testkit';
import { createService } from './create-service';

describeConnectedLifecycle('scanner-node', createService, { isNode: true });
