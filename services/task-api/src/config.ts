import { apiKeysConfigShape, trustProxyConfigShape } from '@cyberstroll/access';
import { MAX_TARGETS } from '@cyberstroll/contracts';
import {
  auditLogConfigShape,
  baseConfigShape,
  envFlag,
  envList,
  envWhole,
  failpointConfigShape,
  type loadConfig,
  mongodbConfigShape,
  rabbitmqConfigShape,
  redisConfigShape,
} from '@cyberstroll/runtime';
import { DEFAULT_SCOPE, parseScope } from '@cyberstroll/targets';
import * as z from 'zod';

export const configShape = {
  ...baseConfigShape,
  ...rabbitmqConfigShape,
  ...mongodbConfigShape,
  ...redisConfigShape,
  ...apiKeysConfigShape,
  ...trustProxyConfigShape,
  SCAN_SCOPE: z
    .string()
    .default(DEFAULT_SCOPE)
    .transform((text, context) => {
      try {
        return parseScope(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
        return z.NEVER;
      }
    })
    .describe('Networks that may be scanned; a leading ! denies a network'),
  MAX_TARGETS_PER_TASK: envWhole(2 ** 24, 1, MAX_TARGETS).describe('Largest number of addresses of one task'),
  MAX_BACKLOG: envWhole(20_000, 0).describe(
    'Messages that may wait in the queue of updates. While more wait, new tasks get 429',
  ),
  MAX_UPDATE_LAG: z.coerce
    .number()
    .min(1)
    .default(5)
    .describe('Seconds that state updates may wait until they are applied. While they wait longer, new tasks get 429'),
  ANSWER_WITHIN_MS: envWhole(8_000, 1_000).describe('Longest time to an answer, in milliseconds; then 503'),
  DASHBOARD: envFlag.default(true).describe('Serves the dashboard under `/`, if it is built'),
  CORS_ORIGINS: envList.default([]).describe('Web origins that may call the API, separated by commas; none by default'),
  RATE_LIMIT_PER_MINUTE: envWhole(6_000).describe(
    'Requests per minute and API key; each 4,096 bytes of a body count as one more. Each replica counts separately',
  ),
  MAX_EVENT_STREAMS: envWhole(2_000).describe('Largest number of open event streams of one replica'),
  MAX_EVENT_STREAMS_PER_KEY: envWhole(500).describe('Largest number of open event streams with one API key'),
  ...auditLogConfigShape,
  ...failpointConfigShape(['after_create_before_answer']),
};

export type Config = ReturnType<typeof loadConfig<typeof configShape>>;
