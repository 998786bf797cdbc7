import { z } from 'zod';
import { AppError } from './app-error';

/** An environment variable that holds a list, parted by commas. */
export const envList = z.string().transform((text) =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean),
);

/** An environment variable that is on for `1`, `true`, `yes`, and off for `0`, `false`, `no`. */
export const envFlag = z.stringbool();

/** What every service reads. Each service spreads it into its own schema. */
export const baseConfigShape = {
  HTTP_HOST: z.string().default('127.0.0.1').describe('Address that the HTTP server binds to'),
  HTTP_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('Port of the HTTP server; 0 takes a free one'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('Least level that is logged'),
  INSTANCE_ID: z.string().min(1).optional().describe('Name of this replica; default: service, host and process id'),
};

export type BaseConfig = z.infer<z.ZodObject<typeof baseConfigShape>>;

export const rabbitmqConfigShape = {
  RABBITMQ_URL: z.string().default('amqp://127.0.0.1:5672').describe('RabbitMQ, with credentials and vhost'),
};
export const mongodbConfigShape = {
  MONGODB_URI: z
    .string()
    .default('mongodb://127.0.0.1:27017/cyberstroll')
    .describe('MongoDB replica set or cluster, with the database'),
};
export const redisConfigShape = {
  REDIS_URL: z.string().default('redis://127.0.0.1:6379').describe('Redis'),
  REDIS_PREFIX: z
    .string()
    .default('')
    .describe('Put before every key and channel, so that deployments can share one Redis'),
};

/**
 * A service's configuration from the environment. Throws one AppError (kind `fatal`) that names every bad variable.
 * Values are not repeated in the error: they may be secrets.
 */
export function loadConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv,
): z.infer<z.ZodObject<Shape>> {
  const schema = z.object(shape);
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new AppError('fatal', 'bad_configuration', `bad configuration: ${problems.join('; ')}`, { problems });
}
