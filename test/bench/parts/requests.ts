import { Agent, get } from 'node:http';
import type { Part } from '../part';
import { toFigures, toNumber } from '../report/table';
import { runTask } from '../stack/run-task';

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

/** Answers per second to GET requests of a path. Throws if one is not 200. */
async function measureRequests(
  { api_url, api_key }: { api_url: string; api_key: string },
  path: string,
  seconds: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const headers = { authorization: `Bearer ${api_key}` };
  const ask = () =>
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
  async function askOn() {
    while (performance.now() < until) {
      await ask();
      answers += 1;
    }
  }
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, askOn));
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
    const { task_id } = await runTask(stack, api, SUBTASKS);
    const rates: RequestsFigures = {};
    for (const path of [`/api/tasks/${task_id}/status`, '/api/tasks?limit=50']) {
      rates[path.replace(task_id, '{task_id}')] = await measureRequests(description, path, options.apiSeconds);
    }
    return rates;
  },
  toTables: (rates) => [
    toFigures(
      ...Object.entries(rates).map(([path, rate]) => [
        `GET ${path}, answers/s`,
        toNumber(rate),
        path.endsWith('/status') ? '≥ 2,000' : '',
      ]),
    ),
  ],
};
