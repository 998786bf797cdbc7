import {
  apiKeysConfigShape,
  baseConfigShape,
  envList,
  type loadConfig,
  mongodbConfigShape,
  redisConfigShape,
  trustProxyConfigShape,
} from '@cyberstroll/runtime';
import { z } from 'zod';

const count = z.coerce.number().int().min(1);

export const configShape = {
  ...baseConfigShape,
  ...mongodbConfigShape,
  ...redisConfigShape,
  ...apiKeysConfigShape,
  ...trustProxyConfigShape,
  ALLOWED_ORIGINS: envList
    .default([])
    .describe('Web origins whose pages may connect, parted by commas; none by default'),
  MAX_CONNECTIONS: count.default(10_000).describe('The most WebSockets at once'),
  MAX_CONNECTIONS_PER_ADDRESS: count.default(2_000).describe('The most WebSockets at once from one address'),
  MAX_CONNECTIONS_PER_KEY: count.default(5_000).describe('The most WebSockets at once with one API key'),
  PUSH_INTERVAL_MS: count.default(50).describe('Milliseconds: at most one frame per task in each'),
  PING_INTERVAL_MS: count.default(30_000).describe('Milliseconds between pings; who answers none is cut'),
};

export type Config = ReturnType<typeof loadConfig<typeof configShape>>;
