import { loadConfig } from '@cyberstroll/runtime';
import { type Testbed, testLogger, toVariables } from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createProgressPusherService } from '../src/service';

export const KEY = 'viewer-0123456789abcdef';

/** The service under test, not started. `variables` are added to those of the testbed and an API key. */
export const createService = (testbed: Testbed, variables: Record<string, string> = {}) =>
  createProgressPusherService(
    loadConfig(configShape, { ...toVariables(testbed), API_KEYS: `vera:viewer:${KEY}`, ...variables }),
    testLogger,
  );
