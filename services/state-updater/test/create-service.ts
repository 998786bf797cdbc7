import { type Logger, loadConfig } from '@cyberstroll/runtime';
import { type Testbed, testLogger, toVariables } from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createStateUpdaterService } from '../src/service';

/** The service under test, not started. `variables` are added to those of the testbed. */
export const createService = (testbed: Testbed, variables: Record<string, string> = {}, logger: Logger = testLogger) =>
  createStateUpdaterService(loadConfig(configShape, { ...toVariables(testbed), ...variables }), logger);
