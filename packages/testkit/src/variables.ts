import type { Testbed } from './testbed';

/** The environment of a service that uses this testbed. */
export const toVariables = (testbed: Testbed): Record<string, string> => ({
  RABBITMQ_URL: testbed.rabbitmq_url,
  MONGODB_URI: testbed.mongodb_uri,
  REDIS_URL: testbed.redis_url,
  REDIS_PREFIX: testbed.redis_prefix,
});

/** The same environment, but nothing listens at the places that its URLs name. */
export const toCutOffVariables = (testbed: Testbed): Record<string, string> =>
  Object.fromEntries(
    Object.entries(toVariables(testbed)).map(([name, value]) => [
      name,
      value.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1'),
    ]),
  );
