import { type Logger, loadConfig } from '@cyberstroll/runtime';
import { type Testbed, testLogger, toVariables } from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createTaskApiService } from '../src/service';

export const KEYS = {
  viewer: 'viewer-0123456789abcdef',
  operator: 'operator-0123456789abcdef',
  other: 'other-0123456789abcdef',
  admin: 'admin-0123456789abcdef0',
};
const API_KEYS = [
  `vera:viewer:${KEYS.viewer}`,
  `otto:operator:${KEYS.operator}`,
  `olga:operator:${KEYS.other}`,
  `ada:admin:${KEYS.admin}`,
].join();

/** The service under test, not started. `variables` are added to those of the testbed and the API keys. */
export const createService = (testbed: Testbed, variables: Record<string, string> = {}, logger: Logger = testLogger) =>
  createTaskApiService(
    loadConfig(configShape, { ...toVariables(testbed), API_KEYS, DASHBOARD: 'false', ...variables }),
    logger,
  );
