/**
 * `npm run bench`: the hot path (job → node → update → batch → progress) beside its floor and a peer, in one run on one
 * machine, so that the figures can be read as ratios. Nothing here asserts a time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@cyberstroll/local';
import { createBenchApi } from './api';
import { type FanOutFigures, measureFanOut } from './measure-fan-out';
import { measureFloor } from './measure-floor';
import { measureGrowth } from './measure-growth';
import { type LatencyFigures, measureLatency } from './measure-latency';
import { measurePeer } from './measure-peer';
import { measureRequests } from './measure-requests';
import { measureTask } from './measure-task';
import { measureThin } from './measure-thin';
import { parseOptions } from './options';
import { writeReport } from './report';
import { type BenchFigures, toTable } from './table';

/**
 * Subtasks of a first task, and jobs of the peer's first run, that are not measured: code is compiled, connections are
 * open.
 */
const WARM_UP = 5_000;

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const print = (text: string) => process.stderr.write(`${text}\n`);
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-bench-'));
  print('starting a stack with no-op nodes …');
  const stack = await startStack({
    dir,
    environment: { ...process.env, LOG_LEVEL: 'warn' },
    scale: options.scale,
    serviceEnvironment: {
      'progress-pusher': { MAX_CONNECTIONS_PER_ADDRESS: '10000', MAX_CONNECTIONS_PER_KEY: '10000' },
      'scanner-node': { SCANNER: 'noop', SCAN_MS: String(options.scanMs), CAPACITY: String(options.capacity) },
    },
  });
  process.once('SIGINT', () => void stack.kill().finally(() => process.exit(130)));
  try {
    const description = stack.describe();
    const api = createBenchApi(description);
    print('a warm-up …');
    await measureTask(stack, api, WARM_UP);
    print(`one task of ${options.n} subtasks …`);
    const task = await measureTask(stack, api, options.n);
    let latency: LatencyFigures | undefined;
    if (options.latencyRate > 0) {
      print(`latency at ${options.latencyRate} updates/s …`);
      const run = { rate: options.latencyRate, seconds: options.latencySeconds };
      latency = await measureLatency(description, api, run);
    }
    let thin: number | null = null;
    if (options.thin > 0) {
      print(`${options.thin} envelopes of one update …`);
      thin = await measureThin(description, api, options.thin);
    }
    const requests: Record<string, number> = {};
    for (const path of options.apiSeconds > 0 ? [`/api/tasks/${task.task_id}/status`, '/api/tasks?limit=50'] : []) {
      print(`GET ${path} …`);
      requests[path.replace(task.task_id, '{task_id}')] = await measureRequests(description, path, options.apiSeconds);
    }
    let fanOut: FanOutFigures | null = null;
    if (options.fanOut > 0) {
      print(`${options.fanOut} subscribers of one task …`);
      fanOut = await measureFanOut(description, api, options.fanOut);
    }
    print('the floor …');
    const floor = await measureFloor(description.mongodb_uri, task.task_id);
    if (options.peer) print('the peer …');
    if (options.peer) await measurePeer(description.redis_url, WARM_UP);
    const peer = options.peer ? await measurePeer(description.redis_url, options.n) : undefined;
    const growth = await measureGrowth(stack, api, options.growth, ({ n, seconds, exponent }) =>
      print(`a task of ${n}: ${seconds.toFixed(1)} s, exponent ${exponent?.toFixed(2) ?? '-'}`),
    );
    const round = (value: number, digits = 0) => Number(value.toFixed(digits));
    const figures: BenchFigures = {
      n: options.n,
      subtasks_per_second: round(task.subtasks_per_second),
      floor_subtasks_per_second: round(floor),
      ratio: round(task.subtasks_per_second / floor, 3),
      bullmq_jobs_per_second: peer === undefined ? null : round(peer),
      peer_ratio: peer === undefined ? null : round(task.subtasks_per_second / peer, 3),
      cpu_seconds_per_1000: round(task.cpu_seconds_per_1000, 3),
      cores: task.cores,
      rss_mb: task.rss_mb,
      update_latency_ms: latency ?? null,
      thin_updates_per_second: thin === null ? null : round(thin),
      requests_per_second: Object.fromEntries(Object.entries(requests).map(([path, rate]) => [path, round(rate)])),
      fan_out: fanOut,
      growth: growth.map(({ exponent, ...each }) => ({ ...each, exponent: exponent && round(exponent, 2) })),
    };
    if (options.report) writeReport(figures, toCommand());
    process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : toTable(figures));
  } finally {
    await stack.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const toCommand = () => ['npm run bench --', ...process.argv.slice(2)].join(' ');

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
