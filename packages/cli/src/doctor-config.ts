import {
  inspectedMongodbConfigShape,
  loadConfig,
  rabbitmqConfigShape,
  rabbitmqManagementConfigShape,
  redisConfigShape,
  toTls,
} from '@cyberstroll/runtime';
import { z } from 'zod';
import { CliError } from './cli-error';
import { findStack } from './find-stack';

const configShape = {
  ...rabbitmqConfigShape,
  ...inspectedMongodbConfigShape,
  ...redisConfigShape,
  ...rabbitmqManagementConfigShape,
};

const ENGINES = ['RABBITMQ_URL', 'MONGODB_URI', 'REDIS_URL'] as const;

/** As much of `.local/stack.json` as tells where the engines and services of the stack are. */
const enginesSchema = z.looseObject({
  rabbitmq_url: z.string(),
  rabbitmq_management_url: z.string().optional(),
  mongodb_uri: z.string(),
  redis_url: z.string(),
  services: z.array(z.looseObject({ health_url: z.string() })).default([]),
});

/** Where to look: the services' own variables, else the running stack, else the variables' defaults. */
export function findDoctorConfig(env: Record<string, string | undefined>, cwd: string) {
  const isTold = ENGINES.some((name) => env[name] || env[`${name}_FILE`]);
  const stack = isTold ? undefined : enginesSchema.safeParse(findStack(cwd)).data;
  const told = stack && {
    RABBITMQ_URL: stack.rabbitmq_url,
    MONGODB_URI: stack.mongodb_uri,
    REDIS_URL: stack.redis_url,
    RABBITMQ_MANAGEMENT_URL: stack.rabbitmq_management_url,
  };
  try {
    const config = loadConfig(configShape, { ...env, ...told });
    return { ...config, tls: toTls(config), serviceUrls: stack?.services.map((service) => service.health_url) ?? [] };
  } catch (error) {
    throw new CliError('usage', (error as Error).message, { cause: error });
  }
}
