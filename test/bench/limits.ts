/**
 * `npm run bench:limits`: what limits promise, counted by listeners that nodes of this process connect to, and how
 * evenly other tasks are served beside one that waits behind a limit. A whole stack without nodes of its own. Nothing
 * here asserts a figure.
 */
import { connect } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { findFreePort, type StackDescription } from '@cyberstroll/local';
import { createLogger, delay } from '@cyberstroll/runtime';
import { createScannerNode, DEFAULT_SCOPE, parseScope, type ScanFunction } from '@cyberstroll/scanner-sdk';
import { Command } from 'commander';
import { type Greeting, type Listeners, openListeners } from '../e2e/listeners';
import { readMetric } from '../faults/rig/read-metric';
import { type Table, toNumber, toTextTable } from './report/table';
import { type BenchApi, createBenchApi } from './stack/api';
import { runProgram, withOwnStack } from './stack/own-stack';

interface Options {
  nodes: number[];
  scans: number;
  seconds: number;
}

interface Numbers {
  max_concurrent?: number;
  max_starts_per_second?: number;
}

/** Two tasks under one limit. */
const TARGETS = ['127.50.0.1-200', '127.50.1.1-200'];
const NETWORK = '127.50.0.0/16';
const ADDRESSES = [0, 1].flatMap((third) => Array.from({ length: 200 }, (_, i) => `127.50.${third}.${i + 1}`));
const CAPACITY = 20;
/** A scan lasts as long as its listener waits. */
const GREETING_AFTER_MS = 300;
const PACE: Numbers = { max_starts_per_second: 20 };
const AT_ONCE: Numbers = { max_concurrent: 20 };
const WINDOW_MS = 10_000;
/** A new limit counts after two seconds at the latest. */
const IN_FORCE_AFTER_MS = 2_000;

/** Of the tasks that no limit covers, and the one that waits behind one. */
const OTHERS = 8;
const FAIR_NODES = 10;
const FAIR_CAPACITY = 10;
const FAIR_SCAN_MS = 200;
const ROUNDS = 2;
const BEFORE_MS = 3_000;
const LOOK_EVERY_MS = 20;

const NOTHING = { open_ports: [], services: [], response_time: 0 };
const print = (text: string) => process.stderr.write(`${text}\n`);

/** Runs `use` beside nodes of a pool. */
async function withNodes<Result>(
  { rabbitmq_url }: StackDescription,
  { count, pool, capacity, scan }: { count: number; pool: string; capacity: number; scan: ScanFunction },
  use: () => Promise<Result>,
): Promise<Result> {
  const nodes = Array.from({ length: count }, (_, i) => {
    const nodeId = `${pool}-${i + 1}`;
    return createScannerNode({
      rabbitmqUrl: rabbitmq_url,
      nodeId,
      pools: [pool],
      capacity,
      scan,
      scope: parseScope(DEFAULT_SCOPE),
      logger: createLogger({ service: 'bench', instance: nodeId, level: 'silent' }),
      drainTimeoutMs: 0,
    });
  });
  try {
    await Promise.all(nodes.map((node) => node.start()));
    return await use();
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

/** Runs `use` under a limit that is in force. */
async function underLimit<Result>(
  { api_url, api_key }: StackDescription,
  limit: Numbers,
  use: () => Promise<Result>,
): Promise<Result> {
  async function call(method: string, path: string, body?: object): Promise<{ limit_id: string }> {
    const response = await fetch(`${api_url}${path}`, {
      method,
      headers: { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { limit_id: string };
  }
  const { limit_id } = await call('POST', '/api/limits', { covers: { network: NETWORK }, ...limit });
  try {
    await delay(IN_FORCE_AFTER_MS);
    return await use();
  } finally {
    await call('DELETE', `/api/limits/${limit_id}`);
  }
}

/** Ends when the listener greets. */
const connectOnce: ScanFunction = ({ ip, ports }, { signal }) =>
  new Promise((resolve) => {
    const socket = connect({ host: ip, port: ports[0]!, signal });
    socket.once('data', () => socket.end());
    socket.once('error', () => undefined);
    socket.once('close', () => resolve(NOTHING));
  });

interface Counted {
  starts: number;
  seconds: number;
  mostStarts: number;
  mostAtOnce: number;
}

/** What listeners see of connections. */
async function openCounters(): Promise<Listeners & { port: number; take(): Counted }> {
  const port = await findFreePort();
  let starts: number[] = [];
  let mostAtOnce = 0;
  const greet: Greeting = async (socket) => {
    starts.push(performance.now());
    const timer = setTimeout(() => socket.write('SSH-2.0-bench\r\n'), GREETING_AFTER_MS);
    socket.once('close', () => clearTimeout(timer));
    // What was closed before this connection is heard of first.
    for (let turns = 0; turns < 3; turns++) await setImmediate();
    mostAtOnce = Math.max(mostAtOnce, opened.listeners.filter(({ open }) => open > 0).length);
  };
  const opened = await openListeners(ADDRESSES.map((address) => ({ address, port, greet })));
  return {
    ...opened,
    port,
    take() {
      const inWindow = starts.map((from) => starts.filter((at) => at >= from && at <= from + WINDOW_MS).length);
      const seconds = ((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1_000;
      const counted = { starts: starts.length, seconds, mostStarts: Math.max(0, ...inWindow), mostAtOnce };
      starts = [];
      mostAtOnce = 0;
      return counted;
    },
  };
}

async function measureLimits(description: StackDescription, api: BenchApi, options: Options): Promise<Table> {
  const counters = await openCounters();
  const rows: string[][] = [];
  try {
    for (const count of options.nodes) {
      for (const limit of [PACE, AT_ONCE]) {
        const name = toName(limit);
        print(`${count} nodes, ${name} …`);
        const pool = `bench-${count}-${Object.keys(limit)}`.replaceAll('_', '-');
        const fleet = { count, pool, capacity: CAPACITY, scan: connectOnce };
        await withNodes(description, fleet, () =>
          underLimit(description, limit, async () => {
            const tasks = TARGETS.map((targets) => api.createTask(targets, { pool }, 'bench', `${counters.port}`));
            for (const task of tasks) await api.waitForEnd(await task);
          }),
        );
        const { starts, seconds, mostStarts, mostAtOnce } = counters.take();
        const { max_concurrent, max_starts_per_second: rate } = limit;
        rows.push([
          `${count}`,
          name,
          `${starts}`,
          toNumber(starts / seconds),
          `${mostStarts}`,
          rate === undefined ? '' : `≤ ${11 * rate}`,
          `${mostAtOnce}`,
          max_concurrent === undefined ? '' : `≤ ${max_concurrent}`,
        ]);
      }
    }
  } finally {
    await counters.close();
  }
  const head = ['nodes', 'limit', 'scans', 'per second', 'most starts in 10 s', 'promise', 'most at once', 'promise'];
  return { head, rows };
}

const toName = ({ max_concurrent, max_starts_per_second }: Numbers): string =>
  max_concurrent === undefined ? `${max_starts_per_second} starts per second` : `${max_concurrent} at once`;

interface Served {
  /** Scans of each task without a limit. */
  counts: number[];
  seconds: number;
  passMs: number;
}

/** What each task without a limit gets, beside one task with a limit or without that task. */
async function measureServed(
  description: StackDescription,
  api: BenchApi,
  { pool, isBeside, scans, seconds }: { pool: string; isBeside: boolean; scans: number; seconds: number },
): Promise<Served> {
  const served = new Map<string, number>();
  const scan: ScanFunction = async ({ task_id }, { signal }) => {
    served.set(task_id, (served.get(task_id) ?? 0) + 1);
    await delay(FAIR_SCAN_MS, signal);
    return NOTHING;
  };
  const fleet = { count: FAIR_NODES, pool, capacity: FAIR_CAPACITY, scan };
  return withNodes(description, fleet, async () => {
    const others = await Promise.all(
      Array.from({ length: OTHERS }, (_, i) => api.createTask(`127.${60 + i}.0.0/16`, { pool })),
    );
    const beside = isBeside ? [await api.createTask(NETWORK, { pool })] : [];
    await delay(BEFORE_MS);
    const before = others.map((taskId) => served.get(taskId) ?? 0);
    const passed = await readPasses(description);
    const begun = performance.now();
    const sinceBegun = () => (performance.now() - begun) / 1_000;
    const toCounts = () => others.map((taskId, i) => (served.get(taskId) ?? 0) - before[i]!);
    while (sum(toCounts()) < scans && sinceBegun() < seconds) await delay(LOOK_EVERY_MS);
    const result = { counts: toCounts(), seconds: sinceBegun() };
    const passes = await readPasses(description);
    for (const taskId of [...others, ...beside]) await api.cancelTask(taskId);
    return { ...result, passMs: ((passes.seconds - passed.seconds) * 1_000) / (passes.count - passed.count) };
  });
}

/** Of the dispatcher so far. */
async function readPasses({ services }: StackDescription): Promise<{ count: number; seconds: number }> {
  const { health_url } = services.find(({ name }) => name === 'dispatcher')!;
  const read = async (part: 'count' | 'sum') =>
    sum(await readMetric(health_url, `cyberstroll_sweep_seconds_${part}`, 'sweep="dispatch"'));
  return { count: await read('count'), seconds: await read('sum') };
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

async function measureFairness(description: StackDescription, api: BenchApi, options: Options): Promise<Table> {
  const rows: string[][] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    for (const isBeside of [false, true]) {
      const name = isBeside ? 'beside a task behind 5 at once' : 'alone';
      print(`${OTHERS} tasks ${name} …`);
      const run = { pool: `bench-fair-${round}-${isBeside}`, isBeside, ...options };
      const served = () => measureServed(description, api, run);
      const { counts, seconds, passMs } = await underLimit(description, { max_concurrent: 5 }, served);
      const [least, most] = [Math.min(...counts), Math.max(...counts)];
      const spread = ((most - least) * 100 * counts.length) / sum(counts);
      const perSecond = toNumber(sum(counts) / seconds);
      rows.push([name, perSecond, toNumber(passMs), `${least}`, `${most}`, `${spread.toFixed(1)} %`, '≤ 5 %']);
    }
  }
  return { head: [`${OTHERS} tasks`, 'scans/s', 'pass of dispatch, ms', 'least', 'most', 'spread', 'aim'], rows };
}

async function main(): Promise<void> {
  const options = new Command('bench:limits')
    .description('Counts what starts under limits, and how evenly others are served beside a limited task')
    .option('--nodes <counts>', 'fleets, by their number of nodes', (text) => text.split(',').map(Number), [1, 10, 50])
    .option('--scans <count>', 'scans in each run of the fairness', Number, 8_000)
    .option('--seconds <count>', 'how long such a run lasts at most', Number, 40)
    .parse()
    .opts<Options>();
  print('starting a stack without nodes …');
  await withOwnStack({ scale: { 'scanner-node': 0 } }, async (stack) => {
    const description = stack.describe();
    const api = createBenchApi(description);
    process.stdout.write(`${toTextTable(await measureLimits(description, api, options))}\n`);
    process.stdout.write(toTextTable(await measureFairness(description, api, options)));
  });
}

runProgram('bench:limits', main);
