/**
 * `npm run bench:exports`: what other requests notice of exports that look at millions of results and find nothing. A
 * whole stack without nodes; this program writes the results, opens the exports with API keys of their own, and asks
 * for the list of tasks meanwhile. Nothing here asserts a figure.
 */
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { StackDescription } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { Command } from 'commander';
import { toQuantiles } from './parts/quantiles';
import { type Table, toTextTable } from './report/table';
import { createBenchApi } from './stack/api';
import { inGroups } from './stack/in-groups';
import { openResults } from './stack/open-results';
import { runProgram, withOwnStack } from './stack/own-stack';
import { readUsage } from './stack/process-usage';
import { toTargets } from './stack/to-targets';

const print = (text: string) => process.stderr.write(`${text}\n`);

const MANY = '1000000';
/** In the list that is asked for. */
const TASKS = 50;
const ASK_EVERY_MS = 100;
/** What one key may have at once. */
const EXPORTS_PER_KEY = 2;
const PATH = '/api/results?service=ftpx&format=ndjson';

interface Answer {
  status: number;
  ms: number;
}

interface Export {
  /** How often it was sent again after a `Retry-After`. */
  refused: number;
  /** Seconds from the first request to the head of the answer, and to its end. */
  answered?: number;
  ended?: number;
  how: string;
}

/** An API key for every two exports. */
function createKeys({ api_url, api_key }: StackDescription, exports: number): Promise<string[]> {
  const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };
  return inGroups(Math.ceil(exports / EXPORTS_PER_KEY), async (key) => {
    const body = JSON.stringify({ name: `bench-${key}`, role: 'viewer' });
    const response = await fetch(`${api_url}/api/keys`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`a key: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { secret: string }).secret;
  });
}

/** Asks as a script does that waits for `Retry-After`. Not by `fetch`, which gives up after five silent minutes. */
async function runExport(apiUrl: string, key: string, isOver: () => boolean): Promise<Export> {
  const begun = performance.now();
  const toSeconds = () => (performance.now() - begun) / 1_000;
  const own: Export = { refused: 0, how: 'not answered' };
  try {
    while (!isOver()) {
      const request = get(`${apiUrl}${PATH}`, { headers: { authorization: `Bearer ${key}` } });
      const stop = setInterval(() => isOver() && request.destroy(new Error(own.how)), ASK_EVERY_MS);
      try {
        const [response] = (await once(request, 'response')) as [IncomingMessage];
        const status = response.statusCode!;
        if (status === 200) Object.assign(own, { answered: toSeconds(), how: 'still reading' });
        let text = '';
        for await (const chunk of response) text += status === 200 ? '' : String(chunk);
        if (status === 200) return { ...own, ended: toSeconds(), how: 'whole' };
        const retryAfter = response.headers['retry-after'];
        if (retryAfter === undefined) return { ...own, ended: toSeconds(), how: `${status} ${text}` };
        own.refused += 1;
        own.how = `refused: ${status} ${JSON.parse(text).code}`;
        await delay(Number(retryAfter) * 1_000);
      } finally {
        clearInterval(stop);
      }
    }
    return own;
  } catch (error) {
    return { ...own, ended: toSeconds(), how: (error as Error).message };
  }
}

/** Asks once per interval, however long the answers take. */
async function askForLists({ api_url, api_key }: StackDescription, isOver: () => boolean): Promise<Answer[]> {
  const ask = async (): Promise<Answer> => {
    const begun = performance.now();
    const headers = { authorization: `Bearer ${api_key}` };
    const response = await fetch(`${api_url}/api/tasks?limit=${TASKS}`, { headers });
    await response.text();
    return { status: response.status, ms: performance.now() - begun };
  };
  const asked: Promise<Answer>[] = [];
  while (!isOver()) {
    asked.push(ask());
    await delay(ASK_EVERY_MS);
  }
  return Promise.all(asked);
}

function toLine(name: string, answers: readonly Answer[]): string[] {
  const { p50, p99 } = toQuantiles(answers.map(({ ms }) => ms));
  const worst = Math.max(...answers.map(({ ms }) => ms));
  const failed = answers.filter(({ status }) => status !== 200).length;
  return [name, String(answers.length), ...[p50, p99, worst].map((ms) => ms.toFixed(0)), String(failed)];
}

const toExportTable = (exports: readonly Export[]): Table => ({
  head: ['export', 'refused', 'answered after, s', 'ended after, s', 'how'],
  rows: exports.map(({ refused, answered, ended, how }, at) => [
    String(at + 1),
    String(refused),
    answered?.toFixed(1) ?? '',
    ended?.toFixed(1) ?? '',
    how,
  ]),
});

async function main(): Promise<void> {
  const options = new Command('bench:exports')
    .description('Times other requests while exports look at many results and find nothing')
    .option('--n <count>', 'results', Number, 2_000_000)
    .option('--exports <count>', 'exports at once', Number, 21)
    .option('--minutes <count>', 'how long at most', Number, 10)
    .parse()
    .opts<{ n: number; exports: number; minutes: number }>();
  print('starting a stack without nodes …');
  const stackOptions = {
    scale: { 'scanner-node': 0 },
    serviceEnvironment: {
      'task-api': { RATE_LIMIT_PER_MINUTE: MANY },
      // These results are in no counter: an audit would mend that.
      'retry-scheduler': { AUDIT_INTERVAL_MS: '3600000' },
    },
  };
  await withOwnStack(stackOptions, async (stack) => {
    const description = stack.describe();
    const { pid } = description.services.find(({ name }) => name === 'task-api')!;
    const api = createBenchApi(description);
    await inGroups(TASKS, () => api.createTask(toTargets(10), { pool: 'bench' }));
    const keys = await createKeys(description, options.exports);
    print(`${options.n} results …`);
    await openResults(description, options.n);

    print('the list of tasks alone …');
    const aloneUntil = performance.now() + 10_000;
    const alone = await askForLists(description, () => performance.now() > aloneUntil);

    print(`${options.exports} exports …`);
    const until = performance.now() + options.minutes * 60_000;
    const isLate = () => performance.now() > until;
    let reading = options.exports;
    const exports = Array.from({ length: options.exports }, async (_, at) => {
      const ended = await runExport(description.api_url, keys[at % keys.length]!, isLate);
      reading -= 1;
      print(`export ${at + 1}: ${JSON.stringify(ended)}`);
      return ended;
    });
    const meanwhile = await askForLists(description, () => reading === 0 || isLate());
    const ended = await Promise.all(exports);
    const lists = {
      head: ['the list of tasks', 'answers', 'p50, ms', 'p99, ms', 'worst, ms', 'not 200'],
      rows: [toLine('alone', alone), toLine('while exports read', meanwhile)],
    };
    process.stdout.write([lists, toExportTable(ended)].map(toTextTable).join('\n'));
    print(`task-api: ${readUsage(pid!).rss_mb} MB`);
  });
}

runProgram('bench:exports', main);
