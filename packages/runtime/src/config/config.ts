import * as z from 'zod';
import { AppError } from '../app-error';
import { readVariables } from './file-variables';
import { findBrokenPromises, mongodbUri } from './mongodb-uri';
import { rabbitmqManagementUrl, rabbitmqUrl } from './rabbitmq-url';
import { redisUrl } from './redis-url';
import { tlsConfigShape } from './tls';

/** An environment variable that holds a list, separated by commas. */
export const envList = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean),
);

/** An environment variable that is on for `1`, `true`, `yes`, and off for `0`, `false`, `no`. */
export const envFlag = z.stringbool();

/** An environment variable that is a whole number: its default, and the least and the greatest that it may be. */
export const envWhole = (fallback: number, least = 1, most = Number.MAX_SAFE_INTEGER) =>
  z.coerce.number().int().min(least).max(most).default(fallback);

/** The variables that every service reads. Each service spreads them into its own schema. */
export const baseConfigShape = {
  HTTP_HOST: z.string().default('127.0.0.1').describe('Address that the HTTP server binds to'),
  HTTP_PORT: envWhole(0, 0, 65_535).describe('Port of the HTTP server; 0 takes a free one'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Lowest level that is logged'),
  INSTANCE_ID: z.string().min(1).optional().describe('Name of this replica; default: service, host and process id'),
};

export type BaseConfig = z.infer<z.ZodObject<typeof baseConfigShape>>;

export const rabbitmqConfigShape = {
  RABBITMQ_URL: rabbitmqUrl.default('amqp://127.0.0.1:5672').meta({
    description:
      'RabbitMQ, with user, password and vhost: amqp://user:password@host1:5672,host2:5672/vhost; one host or ' +
      'several of one cluster; amqps:// for TLS',
    secret: true,
  }),
  ...tlsConfigShape,
};
/** For services that read what nodes send. */
export const nodeUsersConfigShape = {
  CHECK_NODE_USERS: envFlag
    .default(false)
    .describe(
      'Whether a node may speak only as its RabbitMQ user: each message names it (`user_id`), and `node_id` is its name, ' +
        'or begins with it and a dot; the same for heartbeat-monitor and state-updater',
    ),
};
/** For services that consume messages from queues. */
export const consumerConfigShape = {
  RABBITMQ_CONSUMER_TIMEOUT_MS: envWhole(1_800_000, 1_000).describe(
    'consumer_timeout of RabbitMQ in milliseconds: what cannot be handled for five sixths of it goes back to its ' +
      'queue',
  ),
};
/** For programs that read what AMQP does not show. */
export const rabbitmqManagementConfigShape = {
  RABBITMQ_MANAGEMENT_URL: rabbitmqManagementUrl.optional().meta({
    description:
      'Management API of RabbitMQ: http://user:password@host1:15672,host2:15672; a user with the tag monitoring; ' +
      'https:// for TLS',
    secret: true,
  }),
};
const toMongodbVariable = (uri: z.ZodString) =>
  uri.default('mongodb://127.0.0.1:27017/cyberstroll').meta({
    description:
      'MongoDB replica set or sharded cluster: mongodb://user:password@host1,host2/database, or ' +
      'mongodb+srv://user:password@host/database, which has TLS; tls=true in it for TLS',
    secret: true,
  });

export const mongodbConfigShape = {
  MONGODB_URI: toMongodbVariable(
    mongodbUri.superRefine((uri, context) => {
      for (const { name, instead } of findBrokenPromises(uri)) context.addIssue(`${name}: ${instead}`);
    }),
  ),
  ...tlsConfigShape,
};
/** The same for a program that only inspects. It lists the options that break a promise among its other findings. */
export const inspectedMongodbConfigShape = { MONGODB_URI: toMongodbVariable(mongodbUri), ...tlsConfigShape };
export const auditLogConfigShape = {
  AUDIT_LOG_DAYS: envWhole(365, 1, 3_650).describe('Days that an entry of the audit log is kept'),
};
export const redisConfigShape = {
  REDIS_URL: redisUrl.default('redis://127.0.0.1:6379').meta({
    description: 'Redis: redis://, redis+cluster:// or redis+sentinel:// (deploy/redis); rediss… for TLS',
    secret: true,
  }),
  REDIS_PREFIX: z
    .string()
    .default('')
    .describe('Put before every key and channel, so that deployments can share one Redis'),
  ...tlsConfigShape,
};

/**
 * Reads a service's configuration from the environment: each variable from `NAME`, or from the file that `NAME_FILE`
 * names. Throws one AppError (kind `fatal`) that lists every invalid variable. The error does not repeat values: they
 * may be secrets.
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<Shape>> {
  const { values, problems: unread } = readVariables(Object.keys(shape), env);
  const parsed = z.object(shape).safeParse(values);
  if (parsed.success && unread.length === 0) return parsed.data;
  // If a variable's file could not be read, that is the only problem reported for it: that the value is missing
  // follows from it.
  const isUnread = (name: string) => unread.some((problem) => problem.startsWith(`${name}_FILE:`));
  const refused = (parsed.error?.issues ?? [])
    .map((issue) => ({ name: issue.path.join('.'), message: issue.message }))
    .filter(({ name }) => !isUnread(name))
    .map(({ name, message }) => `${name}: ${message}`);
  const problems = [...unread, ...refused];
  throw new AppError('bad_configuration', { detail: problems.join('; '), problems });
}
