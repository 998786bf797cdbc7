import { Agent, get } from 'node:http';
import type { Part } from '../part';
import { toFigures, toNumber } from '../report/table';
import { inGroups } from '../stack/in-groups';
import { runTask } from '../stack/run-task';
import { toTargets } from '../stack/to-targets';

declare module '../part' {
  interface AllFigures {
    requests: RequestsFigures;
  }
}

/** Answers per second, by path. */
export type RequestsFigures = Record<string, number>;

/** Connections that ask at once, each the next request when it has its answer. */
const CONNECTIONS = 50;

/** Of the task that is asked for. */
const SUBTASKS = 1_000;
/** As many tasks as a list shows. */
const LISTED = 50;

/** What is asked for, by each connection, and the aim in answers per second. */
const REQUESTS: readonly { path: string; toPath: (taskId: string, connection: number) => string; aim: string }[] = [
  {
    path: '/api/tasks/{task_id}/status',
    toPath: (taskId) => `/api/tasks/${taskId}/status`,
    aim: '≥ 2,000',
  },
  { path: `/api/tasks?limit=${LISTED}`, toPath: () => `/api/tasks?limit=${LISTED}`, aim: '≥ 500' },
  {
    path: `/api/tasks?limit=${LISTED}, another list for each connection`,
    toPath: (_taskId, connection) => `/api/tasks?limit=${LISTED}&after=${new Date(connection).toISOString()}`,
    aim: '',
  },
];

/** Answers per second to GET requests, whose path depends on the connection. Throws if one is not 200. */
async function measureRequests(
  { api_url, api_key }: { api_url: string; api_key: string },
  toPath: (connection: number) => string,
  seconds: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const headers = { authorization: `Bearer ${api_key}` };
  const ask = (path: string) =>
    new Promise<void>((resolve, reject) => {
      const request = get(`${api_url}${path}`, { agent, headers }, (response) => {
        response.resume().once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${path}: ${response.statusCode}`));
        });
      });
      request.once('error', reject);
    });
  const until = performance.now() + seconds * 1_000;
  let answers = 0;
  async function askOn(path: string) {
    while (performance.now() < until) {
      await ask(path);
      answers += 1;
    }
  }
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, (_, connection) => askOn(toPath(connection))));
  } finally {
    agent.destroy();
  }
  return answers / seconds;
}

export const requestsPart: Part<RequestsFigures> = {
  title: `GET requests at ${CONNECTIONS} connections`,
  stack: 'noop',
  limitMinutes: 2,
  isDefault: true,
  async run({ stack, api, description, options }) {
    await inGroups(LISTED, () => api.createTask(toTargets(1)));
    const { task_id } = await runTask(stack, api, SUBTASKS);
    const rates: RequestsFigures = {};
    for (const { path, toPath } of REQUESTS) {
      rates[path] = await measureRequests(description, (at) => toPath(task_id, at), options.apiSeconds);
    }
    return rates;
  },
  toTables: (rates) => [
    toFigures(...REQUESTS.map(({ path, aim }) => [`GET ${path}, answers/s`, toNumber(rates[path]!), aim])),
  ],
};
