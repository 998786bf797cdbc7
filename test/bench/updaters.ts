/**
 * `npm run bench:updaters`: what several updaters do for a rate, and how often one has to repeat a batch because
 * another one writes the same subtasks. The updaters reach MongoDB through a proxy that answers as mongod does where
 * two open transactions write one document. Nothing here asserts a figure.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engines, removeFolder, type Stack, startEngines } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { createMongoConflicts, type MongoConflicts } from '@cyberstroll/testkit';
import { Command } from 'commander';
import { type Table, toTextTable } from './report/table';
import { createBenchApi } from './stack/api';
import { openOwnNode } from './stack/own-node';
import { runProgram, startOwnStack } from './stack/own-stack';
import { readUsage } from './stack/process-usage';
import { publishBacklog, toSubTasksPerTask } from './stack/publish-backlog';
import { runTask } from './stack/run-task';
import { toTargets } from './stack/to-targets';

interface Options {
  queues: number[];
  updaters: number[];
  tasks: number;
  rounds: number;
  n: number;
  backlog: number;
}

const WARM_UP = 5_000;
/** Enough that each updater knows the size of its envelopes. */
const WARM_UP_BACKLOG = 15_000;
const WITHIN_MS = 90_000;
const MANY = '1000000';
/** Until the prefetch of each updater fits its envelopes, and each has its share of the queues. */
const SHARED_AFTER_MS = 25_000;

const print = (text: string) => process.stderr.write(`${text}\n`);

interface Run {
  workload: string;
  queues: number;
  updaters: number;
  /** Subtasks that end. */
  subtasks: number;
  seconds: number;
  /** Transactions, those that had to run again, and the writes that collided. */
  committed: number;
  retried: number;
  conflicts: number;
  /** Documents that the transactions wrote: of subtasks, and some counters. */
  documents: number;
  /** Of the updaters and of MongoDB. */
  cpu_seconds: number;
}

type Work = () => Promise<{ subtasks: number; seconds: number }>;

/** A stack whose updaters reach MongoDB through the proxy. */
async function withStack<Result>(
  { scanMs, queues, updaters }: { scanMs: number; queues: number; updaters: number },
  use: (parts: { stack: Stack; engines: Engines; conflicts: MongoConflicts }) => Promise<Result>,
): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-bench-'));
  const engines = await startEngines({ dir });
  // Ctrl-C ends the stack and this process, and knows nothing of these.
  process.once('exit', () => {
    for (const pid of engines.pids) process.kill(pid, 'SIGKILL');
  });
  const conflicts = await createMongoConflicts(engines.mongodb_uri.replace(/\/?(\?|$)/, '/cyberstroll$1'));
  try {
    const own = await startOwnStack({
      engines,
      environment: { ...process.env, LOG_LEVEL: 'warn', STATE_QUEUES: String(queues) },
      scale: { 'state-updater': updaters },
      serviceEnvironment: {
        'state-updater': { MONGODB_URI: conflicts.url },
        'task-api': { RATE_LIMIT_PER_MINUTE: MANY },
        'scanner-node': { SCANNER: 'noop', SCAN_MS: String(scanMs), CAPACITY: scanMs > 0 ? '2000' : '256' },
      },
    });
    try {
      return await use({ stack: own.stack, engines, conflicts });
    } finally {
      await own.stop();
    }
  } finally {
    await conflicts.close();
    await engines.kill();
    await removeFolder(dir);
  }
}

/** The updaters of a stack. Those that do not work are stopped. */
function createUpdaters(stack: Stack) {
  const all = stack.services.filter(({ name }) => name === 'state-updater');
  let working = all;
  return {
    async scaleTo(count: number) {
      working = all.slice(0, count);
      await Promise.all(all.slice(count).map((updater) => updater.stop(WITHIN_MS)));
      for (const updater of working) updater.start();
      await Promise.all(working.map((updater) => updater.waitUntilReady(WITHIN_MS)));
    },
    pids: () => working.flatMap(({ identity }) => identity?.pid ?? []),
  };
}

function measure(scanMs: number, queues: number, options: Options): Promise<Run[]> {
  const { tasks, rounds, n, backlog } = options;
  // An updater that is not used is stopped.
  const counts = options.updaters.toSorted((one, other) => other - one);
  return withStack({ scanMs, queues, updaters: counts[0]! }, async ({ stack, engines, conflicts }) => {
    const description = stack.describe();
    const api = createBenchApi(description);
    const updaters = createUpdaters(stack);
    const node = await openOwnNode({ api, description, signal: new AbortController().signal }, 'bench-backlog', queues);
    const readCpu = () =>
      [...updaters.pids(), engines.mongodb.pid!].reduce((sum, pid) => sum + readUsage(pid).cpu_seconds, 0);

    const runLive: Work = async () => {
      const target = toTargets(Math.ceil(n / tasks));
      const begun = performance.now();
      const taskIds = await Promise.all(Array.from({ length: tasks }, () => api.createTask(target)));
      await Promise.all(taskIds.map((taskId) => api.waitForEnd(taskId)));
      return { subtasks: n, seconds: (performance.now() - begun) / 1_000 };
    };

    /** The updaters stand still while the backlog is published, and begin together. */
    const drain = async (updates: number) => {
      const perTask = toSubTasksPerTask(updates, tasks);
      const taskIds: string[] = [];
      while (taskIds.length < tasks) taskIds.push(await node.openTask(perTask));
      const ends = taskIds.map((taskId) => api.waitForEnd(taskId));
      for (const pid of updaters.pids()) process.kill(pid, 'SIGSTOP');
      await publishBacklog(node.publisher, taskIds, perTask).finally(() => {
        for (const pid of updaters.pids()) process.kill(pid, 'SIGCONT');
      });
      const begun = performance.now();
      await Promise.all(ends);
      return { subtasks: perTask * tasks, seconds: (performance.now() - begun) / 1_000 };
    };

    async function run(workload: string, count: number, work: Work): Promise<Run> {
      const transactions = conflicts.count();
      const before = readCpu();
      const done = await work();
      const cpu_seconds = readCpu() - before;
      const measured = { workload, queues, updaters: count, ...done, ...transactions, cpu_seconds };
      print(JSON.stringify(measured));
      return measured;
    }

    const runs: Run[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const count of counts) {
        await updaters.scaleTo(count);
        if (count === counts[0]) await runTask(stack, api, WARM_UP);
        if (scanMs === 0) await drain(WARM_UP_BACKLOG);
        await delay(SHARED_AFTER_MS);
        if (scanMs === 0) runs.push(await run('a backlog of scans of 200 ms', count, () => drain(backlog)));
        runs.push(await run(`scans of ${scanMs} ms`, count, runLive));
      }
    }
    await node.close();
    return runs;
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

function toTable(runs: readonly Run[]): Table {
  const least = Math.min(...runs.map(({ updaters }) => updaters));
  const toRow = (workload: string, queues: number, count: number) => {
    const toRuns = (of: number, updaters: number) =>
      runs.filter((run) => run.workload === workload && run.queues === of && run.updaters === updaters);
    const toRate = (of: number, updaters: number) =>
      median(toRuns(of, updaters).map(({ subtasks, seconds }) => subtasks / seconds));
    const sum = (field: 'committed' | 'retried' | 'conflicts' | 'documents' | 'cpu_seconds' | 'subtasks') =>
      toRuns(queues, count).reduce((all, run) => all + run[field], 0);
    return [
      workload,
      String(queues),
      String(count),
      (toRate(queues, count) / toRate(runs[0]!.queues, least)).toFixed(2),
      String(sum('committed')),
      `${((sum('retried') / sum('committed')) * 100).toFixed(1)} %`,
      (sum('conflicts') / sum('committed')).toFixed(2),
      (sum('documents') / sum('subtasks')).toFixed(2),
      ((sum('cpu_seconds') * 1_000) / sum('subtasks')).toFixed(2),
    ];
  };
  const workloads = [...new Set(runs.map(({ workload }) => workload))];
  const queueCounts = [...new Set(runs.map(({ queues }) => queues))];
  const updaterCounts = [...new Set(runs.map(({ updaters }) => updaters))].sort((one, other) => one - other);
  return {
    head: [
      'workload',
      'queues',
      'updaters',
      'rate ÷ that of the first',
      'transactions',
      'retried',
      'collisions per transaction',
      'documents written per subtask',
      'CPU s per 1,000 subtasks',
    ],
    rows: workloads.flatMap((workload) =>
      queueCounts.flatMap((queues) => updaterCounts.map((count) => toRow(workload, queues, count))),
    ),
  };
}

const toCounts = (text: string) => text.split(',').map(Number);

async function main(): Promise<void> {
  const options = new Command('bench:updaters')
    .description('Measures 1, 2 and 4 updaters, and the batches that they repeat, as on mongod')
    .option('--queues <counts>', 'queues of updates, each with a stack of its own', toCounts, [4])
    .option('--updaters <counts>', 'updaters at once, in turns', toCounts, [1, 2, 4])
    .option('--tasks <count>', 'tasks at once', Number, 8)
    .option('--rounds <count>', 'runs of each kind, interleaved', Number, 3)
    .option('--n <count>', 'subtasks of all tasks', Number, 20_000)
    .option('--backlog <count>', 'updates of a backlog', Number, 200_000)
    .parse()
    .opts<Options>();
  const runs: Run[] = [];
  for (const queues of options.queues) {
    for (const scanMs of [0, 200]) runs.push(...(await measure(scanMs, queues, options)));
  }
  process.stdout.write(toTextTable(toTable(runs)));
}

runProgram('bench:updaters', main);
