import { describeConnectedLifecycle, testLogger as logger } from '@cyberstroll/testkit';
import { createRealtime } from '../src';

describeConnectedLifecycle('realtime', ({ redis_url: url, redis_prefix: prefix }) =>
  createRealtime({ url, prefix, logger }),
);
