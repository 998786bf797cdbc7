/**
 * `npm run bench:start`: what each service of an idle stack costs: CPU seconds from the start of its process until it
 * is ready, then its memory and its share of a core with no task. Nothing here asserts a figure.
 */
import { execFile } from 'node:child_process';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ServiceProcess, Stack, StackDescription } from '@cyberstroll/local';
import { Command } from 'commander';
import { toTextTable } from './report/table';
import { runProgram, withOwnStack } from './stack/own-stack';
import { readChildSeconds, readUsage } from './stack/process-usage';

const CLI = join(__dirname, '../../../packages/clients/cli/bin/cyberstroll.js');
const STOP_WITHIN_MS = 20_000;
const READY_WITHIN_MS = 60_000;
const POLL_MS = 10;

/** In seconds. */
interface Options {
  settle: number;
  seconds: number;
}

interface Row {
  service: string;
  start_cpu_seconds: number;
  rss_mb?: number;
  idle_percent?: number;
}

/** Starts a process of the service again, alone. CPU seconds until its first 200 of `/readyz`. */
async function measureStart(service: ServiceProcess): Promise<number> {
  await service.stop(STOP_WITHIN_MS);
  service.start();
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline) {
    const isReady = await fetch(service.health_url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return readUsage(service.identity!.pid).cpu_seconds;
    await delay(POLL_MS);
  }
  throw new Error(`${service.instance} is not ready after ${READY_WITHIN_MS / 1_000} s`);
}

async function measureCommand({ api_url, api_key }: StackDescription, ...args: string[]): Promise<Row> {
  const before = readChildSeconds();
  const env = { ...process.env, CYBERSTROLL_URL: api_url, CYBERSTROLL_API_KEY: api_key };
  await promisify(execFile)(process.execPath, [CLI, ...args], { env });
  return { service: `cyberstroll ${args.join(' ')}`, start_cpu_seconds: readChildSeconds() - before };
}

/** The share of a core that each process uses in this time, in percent, and its memory at the end. */
async function measureIdle(pids: readonly number[], seconds: number) {
  const before = pids.map((pid) => readUsage(pid).cpu_seconds);
  await delay(seconds * 1_000);
  return pids.map((pid, at) => {
    const { cpu_seconds, rss_mb } = readUsage(pid);
    return { rss_mb, idle_percent: ((cpu_seconds - before[at]!) / seconds) * 100 };
  });
}

async function measure(stack: Stack, { settle, seconds }: Options): Promise<Row[]> {
  const starts: number[] = [];
  for (const service of stack.services) starts.push(await measureStart(service));
  const description = stack.describe();
  const commands = [await measureCommand(description, '--version'), await measureCommand(description, 'task', 'list')];
  await delay(settle * 1_000);
  const { services } = stack;
  const backing = stack.engines!.all.map(({ name, pid }) => ({ service: name, pid: pid! }));
  const idle = await measureIdle(
    [...services.map(({ identity }) => identity!.pid), ...backing.map(({ pid }) => pid)],
    seconds,
  );
  const rows = services.map(({ instance }, at) => ({
    service: instance,
    start_cpu_seconds: starts[at]!,
    ...idle[at],
  }));
  const sum = idle.slice(0, services.length).reduce((all, { idle_percent }) => all + idle_percent, 0);
  return [
    ...rows,
    { service: 'all', start_cpu_seconds: starts.reduce((all, one) => all + one), idle_percent: sum },
    ...commands,
  ];
}

function toTable(rows: readonly Row[]): string {
  return toTextTable({
    head: ['process', 'start, CPU s', 'idle, MB', 'idle, % of a core'],
    rows: rows.map(({ service, start_cpu_seconds, rss_mb, idle_percent }) => [
      service,
      start_cpu_seconds.toFixed(2),
      rss_mb?.toString() ?? '',
      idle_percent?.toFixed(2) ?? '',
    ]),
  });
}

async function main(): Promise<void> {
  const options = new Command('bench:start')
    .description('Measures start, memory and idle CPU of each service')
    .option(
      '--settle <seconds>',
      'how long to wait first: V8 still compiles, and collects what the start left',
      Number,
      60,
    )
    .option('--seconds <seconds>', 'how long the idle stack is watched', Number, 60)
    .parse()
    .opts<Options>();
  const [load] = loadavg();
  const rows = await withOwnStack({}, (stack) => measure(stack, options));
  const loads = `load ${load!.toFixed(1)} at the start, ${loadavg()[0]!.toFixed(1)} at the end`;
  process.stdout.write(`${toTable(rows)}Node ${process.version}; ${loads}\n`);
}

runProgram('bench:start', main);
