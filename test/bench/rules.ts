/**
 * `npm run bench:rules`: what many rules cost. A whole stack without nodes of its own has many open tasks; this program
 * is a node that ends each scan at once. The same is measured without rules, and then with them: how fast a task is
 * sent, answers of the API, the memory of each service. None of the rules stops what is measured. Nothing here asserts
 * a figure.
 */
import { randomUUID } from 'node:crypto';
import { createLogger, delay } from '@cyberstroll/runtime';
import { createScannerNode, DEFAULT_SCOPE, parseScope } from '@cyberstroll/scanner-sdk';
import { Command } from 'commander';
import { toNumber, toTextTable } from './report/table';
import { createBenchApi } from './stack/api';
import { runProgram, withOwnStack } from './stack/own-stack';
import { toTargets } from './stack/to-targets';
import { watchUsage } from './stack/watch-usage';

interface Options {
  tasks: number;
  limits: number;
  freezes: number;
  exclusions: number;
  schedules: number;
  n: number;
}

const SUBTASKS = 10;
const AT_ONCE = 20;
const CAPACITY = 200;
const REQUESTS = 20;
/** Without nodes: its tasks stay open. */
const STANDING_POOL = 'standing';
const POOL = 'bench';
/** After rules were made, they count. */
const SETTLE_MS = 10_000;
/** No task of this program has a target there. */
const toNetwork = (place: number) => `10.${place >> 8}.${place & 255}.0/24`;
const NOTHING = { open_ports: [], services: [], response_time: 0 };
const print = (text: string) => process.stderr.write(`${text}\n`);

/** Calls it for each place, some at once. Resolves with how many a second. */
async function inParallel(count: number, call: (place: number) => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  let next = 0;
  const work = async () => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return (count * 1_000) / (performance.now() - begun);
}

const toMedian = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function main(): Promise<void> {
  const { n, exclusions, ...counts } = new Command('bench:rules')
    .description('Measures what many rules cost: dispatch, answers of the API, memory')
    .option('--tasks <count>', `open tasks of ${SUBTASKS} subtasks`, Number, 10_000)
    .option('--limits <count>', 'limits', Number, 1_000)
    .option('--freezes <count>', 'freezes', Number, 1_000)
    .option('--exclusions <count>', 'entries of one exclusion list', Number, 20_000)
    .option('--schedules <count>', 'schedules', Number, 5_000)
    .option('--n <count>', 'subtasks of the task that is sent', Number, 20_000)
    .parse()
    .opts<Options>();
  print('starting a stack without nodes …');
  await withOwnStack({ scale: { 'scanner-node': 0 } }, async (stack) => {
    const description = stack.describe();
    const { api_url, api_key } = description;
    const api = createBenchApi(description);
    const headers = { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' };
    async function call(path: string, body?: object, key: string = randomUUID()): Promise<void> {
      const init = body ? { method: 'POST', body: JSON.stringify(body) } : {};
      const response = await fetch(`${api_url}${path}`, { ...init, headers: { ...headers, 'idempotency-key': key } });
      const text = await response.text();
      // No answer in time; then the first request may still be carried out.
      const wait = response.headers.get('retry-after');
      if (wait !== null) {
        await delay(Number(wait) * 1_000);
        return call(path, body, key);
      }
      if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 500)}`);
    }
    async function toLatency(ask: () => Promise<unknown>): Promise<number> {
      const taken: number[] = [];
      for (let request = 0; request < REQUESTS; request++) {
        const begun = performance.now();
        await ask();
        taken.push(performance.now() - begun);
      }
      return toMedian(taken);
    }
    const node = createScannerNode({
      rabbitmqUrl: description.rabbitmq_url,
      nodeId: 'bench-1',
      pools: [POOL],
      capacity: CAPACITY,
      scan: async () => NOTHING,
      scope: parseScope(DEFAULT_SCOPE),
      logger: createLogger({ service: 'bench', instance: 'bench-1', level: 'silent' }),
      drainTimeoutMs: 0,
    });

    /** From the command until the one address that it names is CANCELLED in an open task. */
    async function exclude(target: string): Promise<number> {
      const taskId = await api.createTask(target, { pool: STANDING_POOL });
      const begun = performance.now();
      await call('/api/exclusions', { target, reason: 'bench' });
      const ended = await api.waitForEnd(taskId);
      if (ended.status !== 'COMPLETED') throw new Error(`task ${taskId} is ${ended.status}`);
      return (performance.now() - begun) / 1_000;
    }

    let excluded = 0;
    async function measure(): Promise<Record<string, number>> {
      const usage = watchUsage(stack);
      const begun = performance.now();
      await api.waitForEnd(await api.createTask(toTargets(n), { pool: POOL }));
      const sent = (n * 1_000) / (performance.now() - begun);
      const create = () => api.createTask(toTargets(SUBTASKS), { pool: STANDING_POOL });
      const figures = {
        'subtasks/s of the task': sent,
        'POST /api/tasks, p50 ms': await toLatency(create),
        'GET /api/tasks, p50 ms': await toLatency(() => call('/api/tasks')),
        'GET /api/limits, p50 ms': await toLatency(() => call('/api/limits')),
        'a new exclusion cancels, s': await exclude(`127.200.0.${++excluded}`),
        'GET /api/freezes, p50 ms': await toLatency(() => call('/api/freezes')),
      };
      const { rss_mb, cores } = usage.stop();
      const named = (what: string, values: Record<string, number>) =>
        Object.entries(values).map(([name, value]) => [`${name}, ${what}`, value]);
      return { ...figures, ...Object.fromEntries([...named('MB at most', rss_mb), ...named('cores', cores)]) };
    }

    await node.start();
    try {
      print(`${counts.tasks} tasks …`);
      await inParallel(counts.tasks, () => api.createTask(toTargets(SUBTASKS), { pool: STANDING_POOL }));
      print('without rules …');
      const without = await measure();
      const rules: [what: keyof typeof counts, make: (place: number) => Promise<void>][] = [
        ['limits', (at) => call('/api/limits', { covers: { network: toNetwork(at) }, max_concurrent: 5 })],
        ['freezes', (at) => call('/api/freezes', { covers: { label: `label-${at}` }, reason: 'bench' })],
        [
          'schedules',
          (at) =>
            call('/api/schedules', {
              name: `schedule ${at}`,
              cron: at % 5 === 0 ? '0 0 * * *' : `${at % 60} ${at % 24} * * *`,
              time_zone: 'UTC',
              template: { task_target: '127.0.0.1', task_initiator: 'bench', scan: { ports: '80' } },
            }),
        ],
      ];
      for (const [what, make] of rules) {
        print(`${counts[what]} ${what}: ${toNumber(await inParallel(counts[what], make))} a second`);
      }
      print(`a list of ${exclusions} exclusions …`);
      const entries = Array.from({ length: exclusions }, (_, at) => toNetwork(at)).join('\n');
      await call('/api/exclusion-lists', { name: 'bench', owner: 'bench', reason: 'bench', entries });
      await delay(SETTLE_MS);
      print('with rules …');
      const withRules = await measure();
      const rows = Object.entries(without).map(([what, before]) => {
        const after = withRules[what] ?? 0;
        return [what, toNumber(before), toNumber(after), toNumber(after / before)];
      });
      process.stdout.write(toTextTable({ head: ['what', 'without rules', 'with them', 'ratio'], rows }));
    } finally {
      await node.stop();
    }
  });
}

runProgram('bench:rules', main);
