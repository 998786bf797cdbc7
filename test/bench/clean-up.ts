/**
 * `npm run bench:clean-up`: what the deletion of one large task costs the updates that are applied meanwhile. A whole
 * stack without nodes; this program applies batches of updates to another task, one after the other, as a state-updater
 * does, alone (before and after) and while retry-scheduler deletes. Nothing here asserts a time.
 */
import { type SubTaskUpdate, toSubTaskId } from '@cyberstroll/contracts';
import type { Stack } from '@cyberstroll/local';
import { createLogger, delay } from '@cyberstroll/runtime';
import { createStore, type Store } from '@cyberstroll/store';
import { Command } from 'commander';
import mongoose, { type Connection } from 'mongoose';
import { type BenchApi, createBenchApi } from './stack/api';
import { insertCopies } from './stack/insert-copies';
import { runProgram, withOwnStack } from './stack/own-stack';
import { toTargets } from './stack/to-targets';
import { writeLedger } from './stack/write-ledger';

/** Updates of a batch: what some 25 nodes' envelopes come to. */
const BATCH = 500;
const LIVE_TARGETS = 2 ** 23;
const LOOK_EVERY_MS = 250;

const print = (text: string) => process.stderr.write(`${text}\n`);

/** A task that no node serves, taken up by the dispatcher. */
async function createTask(api: BenchApi, targets: number): Promise<string> {
  const taskId = await api.createTask(toTargets(targets), { pool: 'bench', order: 'sequential' });
  while ((await api.getTask(taskId))['status'] === 'CREATED') await delay(50);
  return taskId;
}

function toUpdates(taskId: string, first: number, count: number) {
  const time = new Date().toISOString();
  return Array.from({ length: count }, (_, i) => ({
    sender: { node_id: 'bench-node', instance_id: 'bench' },
    update: {
      task_id: taskId,
      subtask_id: toSubTaskId(taskId, first + i),
      attempt: 1,
      lease_id: `bench-${first + i}`,
      status: 'COMPLETED',
      assigned_time: time,
      started_time: time,
      completed_time: time,
      scan_result: { open_ports: [22], services: [], response_time: 1 },
    } satisfies SubTaskUpdate,
  }));
}

/** An ended, settled task with `n` subtasks: one as an update makes it, the others copies of it, past all updates. */
async function fillTask(n: number, api: BenchApi, store: Store, connection: Connection): Promise<string> {
  const taskId = await createTask(api, n);
  await store.chunks.openChunk({ task_id: taskId, first_index: 0, count: 1, now: new Date() });
  await store.subTasks.batchUpdateSubTasks(toUpdates(taskId, 0, 1));
  await store.tasks.updateTaskStatus(taskId, 'CANCELLED', 'bench');
  await store.tasks.calculateTaskProgress(taskId);
  while (!(await connection.collection('tasks').findOne({ task_id: taskId, settled: true }))) await delay(200);
  await insertCopies(connection, taskId, n);
  return taskId;
}

/** Applies batch after batch until it is stopped; the milliseconds that each took. */
function applyOn(store: Store, taskId: string) {
  let first = 0;
  return async (isOver: () => boolean): Promise<number[]> => {
    const times: number[] = [];
    while (!isOver()) {
      const updates = toUpdates(taskId, first, BATCH);
      first += BATCH;
      const begun = performance.now();
      const { results } = await store.subTasks.batchUpdateSubTasks(updates);
      times.push(performance.now() - begun);
      if (results.some(({ outcome }) => outcome !== 'applied')) throw new Error('an update was not applied');
    }
    return times;
  };
}

function summarise(times: readonly number[], seconds: number) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return {
    seconds: Math.round(seconds),
    updates_per_second: Math.round((times.length * BATCH) / seconds),
    p50_ms: at(0.5),
    p99_ms: at(0.99),
    max_ms: at(1),
  };
}

async function measure(stack: Stack, { n, seconds }: { n: number; seconds: number }): Promise<void> {
  const { mongodb_uri, api_url, api_key } = stack.describe();
  const logger = createLogger({ service: 'bench', instance: 'bench', level: 'warn' });
  const store = createStore({ uri: mongodb_uri, instance: 'bench', logger });
  const connection = await mongoose.createConnection(mongodb_uri).asPromise();
  try {
    await store.start();
    const api = createBenchApi(stack.describe());
    const liveTaskId = await createTask(api, LIVE_TARGETS);
    await writeLedger(mongodb_uri, liveTaskId, LIVE_TARGETS);
    const apply = applyOn(store, liveTaskId);
    print(`an ended task of ${n} subtasks …`);
    const applyFor = (time: number) => {
      const until = performance.now() + time * 1_000;
      return apply(() => performance.now() > until);
    };
    const taskId = await fillTask(n, api, store, connection);
    print(`updates alone, for ${seconds} s …`);
    await applyFor(5);
    const before = await applyFor(seconds / 2);

    print('updates while it is deleted …');
    const begun = performance.now();
    const answer = await fetch(`${api_url}/api/tasks/clean-up`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ expire_days: 0 }),
    });
    if (answer.status !== 202) throw new Error(`clean-up: ${answer.status} ${await answer.text()}`);
    let isGone = false;
    const gone = (async () => {
      while (await connection.collection('tasks').findOne({ task_id: taskId })) await delay(LOOK_EVERY_MS);
      isGone = true;
    })();
    const [times] = await Promise.all([apply(() => isGone), gone]);
    const meanwhile = summarise(times, (performance.now() - begun) / 1_000);
    const alone = summarise([...before, ...(await applyFor(seconds / 2))], seconds);
    const left = await connection.collection('subtasks').countDocuments({ task_id: taskId });
    if (left > 0) throw new Error(`${left} subtasks are left`);
    process.stdout.write(toTable(alone, meanwhile));
  } finally {
    await store.stop();
    await connection.close();
  }
}

function toTable(alone: ReturnType<typeof summarise>, meanwhile: ReturnType<typeof summarise>): string {
  const names = {
    seconds: 'seconds',
    updates_per_second: 'updates applied per second',
    p50_ms: 'a batch of 500, p50, ms',
    p99_ms: 'p99, ms',
    max_ms: 'longest, ms',
  };
  const lines = Object.entries(names).map(([key, name]) => {
    const [without, during] = [alone, meanwhile].map((figures) => figures[key as keyof typeof names]);
    const ratio = key === 'seconds' ? '' : (during! / without!).toFixed(2);
    return `| ${name} | ${without} | ${during} | ${ratio} |`;
  });
  return ['| | alone | while the task is deleted | ratio |', '| --- | --- | --- | --- |', ...lines, ''].join('\n');
}

async function main(): Promise<void> {
  const options = new Command('bench:clean-up')
    .description('Times batches of updates alone, and while a large ended task is deleted')
    .option('--n <count>', 'subtasks of the task that is deleted', Number, 1_000_000)
    .option('--seconds <count>', 'how long updates are applied alone: half before, half after', Number, 30)
    .parse()
    .opts<{ n: number; seconds: number }>();
  print('starting a stack without nodes …');
  const stack = {
    scale: { 'scanner-node': 0 },
    // Copies are in no counter: an audit would mend that.
    serviceEnvironment: { 'retry-scheduler': { AUDIT_INTERVAL_MS: '3600000' } },
  };
  await withOwnStack(stack, (own) => measure(own, options));
}

runProgram('bench:clean-up', main);
