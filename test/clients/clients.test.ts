import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startLightStack } from '../e2e/light-stack';
import type { TestStack } from '../e2e/test-stack';
import { type Driver, makeGoClient, makeJavaClient, makePythonClient } from './make-client';

/** On two cores, with nothing made before, beside other work. */
const LIMIT = 600_000;

const making = [makePythonClient(), makeGoClient(), makeJavaClient()] as const;
const [python, go, java] = making;
// A failure is its own test's.
for (const each of making) each.catch(() => undefined);

let system: TestStack;
beforeAll(async () => {
  system = await startLightStack({ nodes: { 'node-a': {} } });
}, LIMIT);
afterAll(() => system?.stop());

/** What it prints at the end. */
async function drive([program, ...args]: Driver): Promise<unknown> {
  const { api_url, api_key } = system.stack.describe();
  const given = [api_url, api_key, new URL(api_url).port];
  const { stdout } = await promisify(execFile)(program, [...args, ...given], { timeout: LIMIT });
  return JSON.parse(stdout);
}

describe.each([
  ['openapi-python-client', python],
  ['openapi-generator for Go', go],
] as const)('%s', (_name, made) => {
  it(
    'makes a client that compiles, and creates, waits, reads results, retries, cancels, lists and names a problem',
    async () => {
      const port = Number(new URL(system.stack.describe().api_url).port);
      expect(await drive(await made)).toEqual({
        ended: 'COMPLETED',
        results: [['127.0.0.1', [port]]],
        retried: 0,
        cancelled: 'CANCELLED',
        listed: ['CANCELLED', 'COMPLETED'],
        problem: 'task_not_found',
      });
    },
    LIMIT,
  );
});

it('openapi-generator for Java makes a client that compiles', () => java, LIMIT);
