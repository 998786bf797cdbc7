import { type Stack, type StartStackOptions, startStack } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { createTcpProxy, type TcpProxy } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { createConnection } from 'mongoose';
import { type BenchApi, createBenchApi } from '../bench/stack/api';
import { toTargets } from '../bench/stack/to-targets';
import { writeLedger } from '../bench/stack/write-ledger';
import type { FloodFigures } from './figures';
import type { FloodOptions } from './options';
import { sendUpdates } from './send-updates';
import { watchSystem } from './watch-system';

/** No node serves this pool: its tasks are this program's. */
const POOL = 'flood';
const FAST = 1e9;
/** How long what is promised is waited for, once it must come. */
const SEEN_WITHIN_MS = 180_000;

export interface FloodSystem {
  stack: Stack;
  /** Between the updater and MongoDB. */
  proxy: TcpProxy;
  stop(): Promise<void>;
}

/** A stack whose updater reaches MongoDB by way of a proxy. The engines' MongoDB URI names a database. */
export async function startFloodSystem(
  options: StartStackOptions & { engines: NonNullable<StartStackOptions['engines']> },
): Promise<FloodSystem> {
  const proxy = await createTcpProxy(options.engines.mongodb_uri);
  const updater = { ...options.serviceEnvironment?.['state-updater'], MONGODB_URI: proxy.url };
  const serviceEnvironment = { ...options.serviceEnvironment, 'state-updater': updater };
  try {
    const stack = await startStack({ ...options, serviceEnvironment });
    return { stack, proxy, stop: () => stack.stop().finally(() => proxy.close()) };
  } catch (error) {
    await proxy.close();
    throw error;
  }
}

/** Slows MongoDB down for the updater, floods it, lets MongoDB recover, and waits until all is applied. */
export async function runFlood(
  { stack, proxy }: FloodSystem,
  { factor, seconds, slowMs, sample }: FloodOptions,
  print: (text: string) => void = () => undefined,
): Promise<FloodFigures> {
  const { rabbitmq_url, mongodb_uri } = stack.describe();
  const api = createBenchApi(stack.describe());
  // A warm-up: code is compiled, connections are open.
  await measureSustained(api, stack.describe(), sample);
  proxy.delayReplies(slowMs);
  const sustained = await measureSustained(api, stack.describe(), sample);
  const rate = Math.round(sustained * factor);
  // However slow the machine was just then, more than a few batches.
  const count = Math.max(rate * seconds, factor * sample);
  print(`sustained: ${Math.round(sustained)} updates/s; now ${rate}/s for ${seconds} s, ${count} in all …`);
  const taskId = await createTask(api, mongodb_uri, count);
  const connection = await connect(rabbitmq_url);
  const watch = watchSystem(stack, await connection.createChannel(), taskId);
  try {
    const watching = await api.watch(taskId, () => watch.countFrame());
    const ended = api.waitForEnd(taskId);

    const during = watch.begin();
    const sent = await sendUpdates(rabbitmq_url, { taskId, count, rate });
    const applied = await countApplied(api, taskId);
    await waitUntil(() => during.creates['429'] && during.frames > 0);
    const after = watch.begin();
    proxy.delayReplies(0);
    print(`sent in ${Math.round(sent.seconds)} s, ${applied} of it applied; MongoDB recovers …`);
    const begun = performance.now();
    const last = await ended;
    const drainSeconds = (performance.now() - begun) / 1_000;
    await waitUntil(() => after.creates['201'] && after.frames > 0);
    watching.close();
    return {
      factor,
      sustained,
      offered: sent.updates / sent.seconds,
      updates: count,
      flood_seconds: sent.seconds,
      applied_in_flood: applied,
      drain_seconds: drainSeconds,
      during,
      after,
      status: last.status,
      completed: last.counts.completed_count,
      recounted: await recount(mongodb_uri, taskId),
    };
  } finally {
    await watch.stop();
    await connection.close();
  }
}

async function createTask(api: BenchApi, mongodbUri: string, count: number): Promise<string> {
  const taskId = await api.createTask(toTargets(count), { pool: POOL, order: 'sequential' });
  while ((await api.getTask(taskId))['status'] === 'CREATED') await delay(50);
  await writeLedger(mongodbUri, taskId, count);
  return taskId;
}

/** Updates per second, from the first that is sent to the frame that says that all are applied. */
async function measureSustained(
  api: BenchApi,
  { rabbitmq_url, mongodb_uri }: { rabbitmq_url: string; mongodb_uri: string },
  sample: number,
): Promise<number> {
  const taskId = await createTask(api, mongodb_uri, sample);
  const ended = api.waitForEnd(taskId);
  const begun = performance.now();
  await sendUpdates(rabbitmq_url, { taskId, count: sample, rate: FAST });
  await ended;
  return (sample * 1_000) / (performance.now() - begun);
}

async function countApplied(api: BenchApi, taskId: string): Promise<number> {
  const { progress } = await api.getTask(taskId);
  return (progress as { completed_count: number }).completed_count;
}

async function waitUntil(isSeen: () => unknown): Promise<void> {
  const deadline = performance.now() + SEEN_WITHIN_MS;
  while (!isSeen() && performance.now() < deadline) await delay(100);
}

/** The task's completed subtasks, document by document. */
async function recount(mongodbUri: string, taskId: string): Promise<number> {
  const connection = await createConnection(mongodbUri).asPromise();
  try {
    return await connection.collection('subtasks').countDocuments({ task_id: taskId, status: 'COMPLETED' });
  } finally {
    await connection.close();
  }
}
