import { type Problem, problemSchema } from '@cyberstroll/contracts';
import { createLogger, type Logger, loadConfig } from '@cyberstroll/runtime';
import type { Testbed } from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createTaskApiService } from '../src/service';

export const KEYS = {
  viewer: 'viewer-0123456789abcdef',
  operator: 'operator-0123456789abcdef',
  other: 'other-0123456789abcdef',
};

const silent = createLogger({ service: 'task-api', instance: 'test', level: 'silent' });

/** The service under test, with its own environment. */
export function createService(testbed: Testbed, env: Record<string, string> = {}, logger: Logger = silent) {
  const config = loadConfig(configShape, {
    RABBITMQ_URL: testbed.rabbitmq_url,
    MONGODB_URI: testbed.mongodb_uri,
    REDIS_URL: testbed.redis_url,
    REDIS_PREFIX: testbed.redis_prefix,
    API_KEYS: `vera:viewer:${KEYS.viewer},otto:operator:${KEYS.operator},olga:operator:${KEYS.other}`,
    ...env,
  });
  return createTaskApiService(config, logger);
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of the body
  body: any;
}

export interface Call {
  key?: string | null;
  headers?: Record<string, string>;
  /** Sent as JSON; a string as it is. */
  body?: unknown;
}

export type Api = (method: string, path: string, call?: Call) => Promise<Answer>;

export const createApi =
  (port: () => number): Api =>
  async (method, path, { key = KEYS.operator, headers = {}, body } = {}) => {
    const response = await fetch(`http://127.0.0.1:${port()}${path}`, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };

/** An answer that must be a problem of this status and code. */
export function toProblemOf(answer: Answer, status: number, code: string): Problem {
  expect({ status: answer.status, code: answer.body?.code }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:\d/);
  return problemSchema.parse(answer.body);
}

export const newTask = (change: object = {}) => ({
  task_target: '127.0.0.0/29',
  task_initiator: 'tester',
  scan: { ports: '22,80' },
  ...change,
});
