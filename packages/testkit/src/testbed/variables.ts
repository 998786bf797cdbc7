import { withoutHeartbeats } from './engine-urls';
import type { Testbed } from './testbed';

/** The environment of a service that uses this testbed. */
export const toVariables = (testbed: Testbed): Record<string, string> => ({
  RABBITMQ_URL: withoutHeartbeats(testbed.rabbitmq_url),
  MONGODB_URI: testbed.mongodb_uri,
  REDIS_URL: testbed.redis_url,
  REDIS_PREFIX: testbed.redis_prefix,
});

/** The same testbed, but nothing listens at its URLs. */
export function toCutOff(testbed: Testbed): Testbed {
  const cutOff = (url: string) => url.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:1');
  const { rabbitmq_url, mongodb_uri, redis_url } = testbed;
  return {
    ...testbed,
    rabbitmq_url: cutOff(rabbitmq_url),
    mongodb_uri: cutOff(mongodb_uri),
    redis_url: cutOff(redis_url),
  };
}
