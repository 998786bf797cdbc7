export interface EngineUrls {
  rabbitmq_url: string;
  rabbitmq_management_url: string;
  mongodb_uri: string;
  redis_url: string;
}

/** The environment variables by which jest's global setup hands the running engines to the tests. */
const engineVariables: { readonly [K in keyof EngineUrls]: string } = {
  rabbitmq_url: 'TEST_RABBITMQ_URL',
  rabbitmq_management_url: 'TEST_RABBITMQ_MANAGEMENT_URL',
  mongodb_uri: 'TEST_MONGODB_URI',
  redis_url: 'TEST_REDIS_URL',
};

/** The engines of this test run. Throws when the run was started without them (JEST_ENGINES=none). */
export function getEngineUrls(environment: NodeJS.ProcessEnv = process.env): EngineUrls {
  const get = (field: keyof EngineUrls): string => {
    const value = environment[engineVariables[field]];
    if (!value)
      throw new Error(`${engineVariables[field]} is not set: run jest from the root, without JEST_ENGINES=none`);
    return value;
  };
  return {
    rabbitmq_url: get('rabbitmq_url'),
    rabbitmq_management_url: get('rabbitmq_management_url'),
    mongodb_uri: get('mongodb_uri'),
    redis_url: get('redis_url'),
  };
}

/** Set where MongoDB, and all that it holds, ends with the test run. */
export const ENDS_WITH_RUN = 'TEST_MONGODB_ENDS_WITH_RUN';

/** Whether the next run finds what this one leaves in MongoDB. */
export const isMongodbKept = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  environment[ENDS_WITH_RUN] === undefined;

/** `mongodb_uri` with `database` as its default database. */
export function withDatabase(mongodbUri: string, database: string): string {
  const match = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(mongodbUri);
  if (!match) throw new Error('not a MongoDB URI');
  return `${match[1]}/${database}${match[2] ?? ''}`;
}

/** `rabbitmq_url`, which may name several hosts, with `vhost` as its vhost. */
export function withVhost(rabbitmqUrl: string, vhost: string): string {
  const match = /^(amqps?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(rabbitmqUrl);
  if (!match) throw new Error('not a URL of RabbitMQ');
  return `${match[1]}/${encodeURIComponent(vhost)}${match[2] ?? ''}`;
}

/**
 * `rabbitmq_url` for connections of the test's own process: nobody ends them for being silent. A busy machine can hold
 * that process for longer than RabbitMQ waits.
 */
export const withoutHeartbeats = (rabbitmqUrl: string): string =>
  rabbitmqUrl.includes('?') ? rabbitmqUrl : `${rabbitmqUrl}?heartbeat=0`;
