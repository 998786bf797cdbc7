import {
  inspectedMongodbConfigShape,
  loadConfig,
  rabbitmqConfigShape,
  rabbitmqManagementConfigShape,
  redisConfigShape,
  toTls,
} from '@cyberstroll/runtime';
import * as z from 'zod';
import { CliError } from './cli-error';
import { findStack } from './find-stack';
import { defineTexts, type Text } from './language/say';

const t = defineTexts({
  no_running: [
    'no running stack found: start one with "npm start", or set RABBITMQ_URL, MONGODB_URI and REDIS_URL',
    '没有找到正在运行的环境：请用 "npm start" 启动，或设置 RABBITMQ_URL、MONGODB_URI 和 REDIS_URL',
  ],
});

const configShape = {
  ...rabbitmqConfigShape,
  ...inspectedMongodbConfigShape,
  ...redisConfigShape,
  ...rabbitmqManagementConfigShape,
};

const BACKING_SERVICES = ['RABBITMQ_URL', 'MONGODB_URI', 'REDIS_URL'] as const;

/** The part of `.local/stack.json` that names the backing services and services of the stack. */
const backingServicesSchema = z.looseObject({
  rabbitmq_url: z.string(),
  rabbitmq_management_url: z.string().optional(),
  mongodb_uri: z.string(),
  redis_url: z.string(),
  services: z.array(z.looseObject({ health_url: z.string() })).default([]),
});

/** Whether the environment says where RabbitMQ, MongoDB or Redis are: the local stack is then not meant. */
export const namesBackingServices = (env: Record<string, string | undefined>): boolean =>
  BACKING_SERVICES.some((name) => env[name] || env[`${name}_FILE`]);

/** What to check: what the services' variables name, else the stack that runs here. Throws where there is neither. */
export function findDoctorConfig(env: Record<string, string | undefined>, cwd: string) {
  const isGiven = namesBackingServices(env);
  const stack = isGiven ? undefined : backingServicesSchema.safeParse(findStack(cwd)).data;
  if (!isGiven && !stack) {
    throw new CliError('unreachable', t('no_running'));
  }
  const ofStack = stack && {
    RABBITMQ_URL: stack.rabbitmq_url,
    MONGODB_URI: stack.mongodb_uri,
    REDIS_URL: stack.redis_url,
    RABBITMQ_MANAGEMENT_URL: stack.rabbitmq_management_url,
  };
  try {
    const config = loadConfig(configShape, { ...env, ...ofStack });
    return { ...config, tls: toTls(config), serviceUrls: stack?.services.map((service) => service.health_url) ?? [] };
  } catch (error) {
    throw new CliError('usage', (error as Error).message as Text, { cause: error });
  }
}
