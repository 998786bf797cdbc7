import { createLogger, type Logger } from '@cyberstroll/runtime';

/** Silent, unless TEST_LOG_LEVEL says otherwise. */
export const testLogger: Logger = createLogger({
  service: 'test',
  instance: 'test',
  level: process.env['TEST_LOG_LEVEL'] ?? 'silent',
});
