/** The vectors of nodes in packages/contracts/vectors/node: this SDK reads jobs by the server's own code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePorts, type SubTaskUpdate } from '@cyberstroll/contracts';
import { parseScope, parseTargets } from '@cyberstroll/targets';
import { createJobConsumer } from './jobs/job-consumer';
import { ClaimBoard } from './scans/claim-board';
import { createWakeSignal } from './signals';
import { RecentReports } from './updates/recent-reports';

interface Vector {
  name: string;
  text?: string;
  unreadable?: true;
  inside: string[];
  outside: string[];
  ports: number[];
  scope: string;
  body?: unknown;
  becomes: string[] | 'rejected';
}

const readVectors = (file: string) => {
  const path = join(__dirname, '../../../contracts/vectors/node', `${file}.json`);
  const { vectors } = JSON.parse(readFileSync(path, 'utf8')) as { vectors: Vector[] };
  return vectors.map((vector): [string, Vector] => [vector.name, vector]);
};

/** The value, or nothing where the text is refused. */
function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

describe.each([
  [
    'targets',
    (text: string) => {
      const targets = parseTargets(text);
      return (ip: string) => targets.has(ip);
    },
  ],
  ['scopes', (text: string) => parseScope(text).allows],
])('%s', (file, parse) => {
  it.each(readVectors(file))('%s', (_, { text, unreadable, inside, outside }) => {
    const has = tryTo(() => parse(text!));
    expect(has === undefined).toBe(unreadable ?? false);
    if (has) expect([...inside, ...outside].filter(has)).toEqual(inside);
  });
});

it.each(readVectors('ports'))('ports: %s', (_, { text, ports }) => {
  expect(tryTo(() => parsePorts(text!))).toEqual(ports);
});

async function take({ scope, text, body }: Vector): Promise<string[] | 'rejected'> {
  // What is not JSON does not reach a consumer's handler: it is rejected.
  const read = text === undefined ? { body } : tryTo(() => ({ body: JSON.parse(text) as unknown }));
  if (!read) return 'rejected';
  const reported: SubTaskUpdate[] = [];
  const jobs = createJobConsumer({
    nodeId: 'node-1',
    board: new ClaimBoard(),
    recent: new RecentReports(),
    scope: parseScope(scope),
    methods: ['connect', 'nmap'],
    wake: createWakeSignal(),
    stateOf: () => 'running',
    hasRoom: () => true,
    report(update, receipt) {
      reported.push(update);
      receipt?.confirm();
    },
    onClaimed: () => undefined,
    onTraced: () => undefined,
    drop: () => undefined,
  });
  const verdict = await jobs.handle({ body: read.body, headers: {}, ending: new AbortController().signal });
  if (verdict.kind === 'deadLetter') return 'rejected';
  return reported.map(({ status, error_info }) => (status === 'ASSIGNED' ? 'scan' : error_info!.error_code));
}

it.each(readVectors('jobs'))('jobs: %s', async (_, vector) => {
  expect(await take(vector)).toEqual(vector.becomes);
});
