import { createLogger } from '@cyberstroll/runtime';

export const silentLogger = createLogger({
  service: 'test',
  instance: 'test',
  level: process.env['TEST_LOG_LEVEL'] ?? 'silent',
});
