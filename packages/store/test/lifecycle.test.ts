import { describeConnectedLifecycle, testLogger as logger } from '@cyberstroll/testkit';
import { createStore } from '../src';

describeConnectedLifecycle('a store', ({ mongodb_uri: uri }) => createStore({ uri, instance: 'test', logger }));
