import { Agent, get } from 'node:http';

/** Connections that ask at once, each the next request when it has its answer. */
const CONNECTIONS = 50;

/** Answers per second to GET requests of a path. Throws if one is not 200. */
export async function measureRequests(
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
