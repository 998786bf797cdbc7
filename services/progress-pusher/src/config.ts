import { apiKeysConfigShape, trustProxyConfigShape } from '@cyberstroll/access';
import {
  auditLogConfigShape,
  baseConfigShape,
  envList,
  envWhole,
  type loadConfig,
  mongodbConfigShape,
  rabbitmqConfigShape,
  redisConfigShape,
} from '@cyberstroll/runtime';

export const configShape = {
  ...baseConfigShape,
  ...mongodbConfigShape,
  ...rabbitmqConfigShape,
  ...redisConfigShape,
  ...apiKeysConfigShape,
  ...trustProxyConfigShape,
  ...auditLogConfigShape,
  ALLOWED_ORIGINS: envList
    .default([])
    .describe(
      'Other web origins whose pages may connect, by API key or ticket, separated by commas; the own one always may',
    ),
  MAX_CONNECTIONS: envWhole(10_000).describe('Largest number of open WebSockets of one replica'),
  MAX_CONNECTIONS_PER_ADDRESS: envWhole(2_000).describe('Largest number of open WebSockets from one address'),
  MAX_CONNECTIONS_PER_KEY: envWhole(5_000).describe('Largest number of open WebSockets with one API key'),
  PUSH_INTERVAL_MS: envWhole(20).describe(
    'Shortest time between two frames of a task, in milliseconds; a millisecond per 20 subscribers if that is longer',
  ),
  PING_INTERVAL_MS: envWhole(30_000).describe(
    'Milliseconds between pings; a client that does not answer is disconnected',
  ),
};

export type Config = ReturnType<typeof loadConfig<typeof configShape>>;
