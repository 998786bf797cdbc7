import { loadConfig } from '@cyberstroll/runtime';
import { type Testbed, testLogger, toVariables } from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createProgressPusherService } from '../src/service';

export const KEY = 'viewer-0123456789abcdef';

export const API_KEYS = `vera:viewer:${KEY},page:viewer:page-0123456789abcdef`;

/** The service under test, not started. `variables` are added to those of the testbed and API keys. */
export const createService = (testbed: Testbed, variables: Record<string, string> = {}) =>
  createProgressPusherService(loadConfig(configShape, { ...toVariables(testbed), API_KEYS, ...variables }), testLogger);
