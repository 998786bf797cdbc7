/**
 * `npm run flood`: what the system does with many times the updates that it can apply. MongoDB answers the updater slowly, so
 * that what it sustains is little; then that is offered many times over, while a subscriber watches, tasks are created and
 * read; then MongoDB recovers, and everything must be applied, once. Exits 1 where it is not.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engines, startEngines, startStack } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { createTcpProxy } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import { type BenchApi, createBenchApi } from '../bench/api';
import { toTargets } from '../bench/to-targets';
import { parseOptions } from './options';
import { sendUpdates } from './send-updates';
import { type FloodFigures, isExact, toTable } from './table';
import { watchSystem } from './watch-system';

/** No node serves this pool: its tasks are this program's. */
const POOL = 'flood';
/** Updates that are timed to know what is sustained. */
const SAMPLE = 6_000;
const FAST = 1e9;

const tell = (text: string) => process.stderr.write(`${text}\n`);

async function createTask(api: BenchApi, count: number): Promise<string> {
  const taskId = await api.createTask(toTargets(count), { pool: POOL, order: 'sequential' });
  while ((await api.getTask(taskId))['status'] === 'CREATED') await delay(50);
  return taskId;
}

/** Updates per second, from the first that is sent to the frame that says that all are applied. */
async function measureSustained(api: BenchApi, rabbitmqUrl: string): Promise<number> {
  const taskId = await createTask(api, SAMPLE);
  const ended = api.waitForEnd(taskId);
  const begun = performance.now();
  await sendUpdates(rabbitmqUrl, { taskId, count: SAMPLE, rate: FAST });
  await ended;
  return (SAMPLE * 1_000) / (performance.now() - begun);
}

async function flood(engines: Engines, dir: string, options: ReturnType<typeof parseOptions>): Promise<FloodFigures> {
  const database = new URL(engines.mongodb_uri);
  database.pathname = '/cyberstroll';
  const proxy = await createTcpProxy(database.href);
  const stack = await startStack({
    dir,
    engines: { ...engines, mongodb_uri: database.href },
    environment: { ...process.env, LOG_LEVEL: 'warn' },
    serviceEnvironment: { 'state-updater': { MONGODB_URI: proxy.url } },
  });
  const end = () => void stack.kill().finally(() => engines.stop().finally(() => process.exit(130)));
  process.once('SIGINT', end).once('SIGTERM', end);
  const connection = await connect(engines.rabbitmq_url);
  try {
    const api = createBenchApi(stack.describe());
    await measureSustained(api, engines.rabbitmq_url);
    proxy.delayReplies(options.slowMs);
    const sustained = await measureSustained(api, engines.rabbitmq_url);
    const rate = Math.round(sustained * options.factor);
    const count = rate * options.seconds;
    tell(`sustained: ${Math.round(sustained)} updates/s; now ${rate}/s for ${options.seconds} s, ${count} in all …`);
    const taskId = await createTask(api, count);
    const watch = watchSystem(stack, await connection.createChannel(), taskId);
    const watching = await api.watch(taskId, () => watch.countFrame());
    const ended = api.waitForEnd(taskId);

    const during = watch.begin();
    const sent = await sendUpdates(engines.rabbitmq_url, { taskId, count, rate });
    proxy.delayReplies(0);
    tell(`sent in ${Math.round(sent.seconds)} s; MongoDB recovers …`);
    const after = watch.begin();
    const begun = performance.now();
    const last = await ended;
    const drainSeconds = (performance.now() - begun) / 1_000;
    await watch.stop();
    watching.close();
    return {
      ...{ sustained, offered: sent.updates / sent.seconds, updates: count, flood_seconds: sent.seconds },
      ...{ drain_seconds: drainSeconds, during, after, status: last.status },
      completed: last.counts.completed_count,
    };
  } finally {
    await connection.close();
    await stack.stop();
    await proxy.close();
  }
}

async function main(): Promise<boolean> {
  const options = parseOptions(process.argv.slice(2));
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-flood-'));
  tell('starting a stack whose updater reaches MongoDB by way of a proxy …');
  const engines = await startEngines({ dir: join(dir, 'engines') });
  try {
    const figures = await flood(engines, join(dir, 'stack'), options);
    process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : toTable(figures));
    return isExact(figures);
  } finally {
    await engines.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

main().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (error: unknown) => {
    tell(`flood: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  },
);
