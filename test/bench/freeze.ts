/**
 * `npm run bench:freeze`: how long after a rule is in force listeners still see connections. A whole stack with two of
 * each service scans loopback addresses of this program, each for three seconds: a task for each rule, side by side.
 * All rules begin within a second, while nothing is down, and while each engine and each service is down in turn. A
 * freeze and an exclusion are in force when their `POST` is answered; a window and a blackout at the full minute. What
 * is down is killed before. Nothing here asserts a figure.
 */
import { createServer, type Server } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DAYS } from '@cyberstroll/contracts';
import { findFreePort, type Stack } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { Command } from 'commander';
import { type Table, toTextTable } from './report/table';
import { createBenchApi } from './stack/api';
import { runProgram, withOwnStack } from './stack/own-stack';

const print = (text: string) => process.stderr.write(`${text}\n`);

/** A /25 for each task. */
const ADDRESSES = 128;
/** Of an address, probed one by one: each says nothing, and takes the time-out of a banner. */
const PORTS = 5;
const BANNER_MS = 600;
const NODES = 5;
const CAPACITY = 8;
const LOOK_EVERY_MS = 50;
const READY_WITHIN_MS = 120_000;
const MINUTE_MS = 60_000;
/** Before the full minute: tasks are created, something is killed, and rules are made. */
const CREATED_MS = 14_000;
const KILLED_MS = 3_000;
const ASKED_MS = 1_000;
/** After it. What was killed is started again later. */
const WATCHED_MS = 10_000;
const RESTARTED_AFTER_MS = 15_000;
/** A `POST` may wait for an engine that is down. */
const ANSWER_WITHIN_MS = 10_000;

const ENGINES = ['redis', 'rabbitmq', 'mongodb'] as const;
const SERVICES = ['dispatcher', 'heartbeat-monitor', 'retry-scheduler', 'task-api', 'state-updater'];
const DOWN = ['nothing', ...ENGINES, ...SERVICES];

interface Rule {
  name: string;
  config?: (minute: number) => object;
  /** Made before anything is down, and while it is. */
  before?: (label: string, minute: number) => [path: string, body: object];
  ask?: (label: string, target: string) => [path: string, body: object];
}

const toClock = (ms: number) => new Date(ms).toISOString().slice(11, 16);
const toWindow = (from: number, to: number) => ({
  days: [...DAYS],
  from: toClock(from),
  to: toClock(to),
  time_zone: 'UTC',
});
const toFreeze = (label: string, others: object) => ({ covers: { label }, reason: 'bench', ...others });

const RULES: readonly Rule[] = [
  { name: 'freeze, `end`', ask: (label) => ['/api/freezes', toFreeze(label, { running: 'end' })] },
  { name: 'freeze, `abort`', ask: (label) => ['/api/freezes', toFreeze(label, { running: 'abort' })] },
  {
    name: 'blackout begins',
    before: (label, minute) => {
      const until = new Date(minute + MINUTE_MS).toISOString();
      return ['/api/freezes', toFreeze(label, { from: new Date(minute).toISOString(), until })];
    },
  },
  {
    name: 'window closes',
    config: (minute) => ({
      windows: [toWindow(minute - 30 * MINUTE_MS, minute), toWindow(minute + MINUTE_MS, minute + 30 * MINUTE_MS)],
    }),
  },
  { name: 'exclusion', ask: (_, target) => ['/api/exclusions', { target, reason: 'bench' }] },
];

const HEAD = ['down', 'rule', 'answer', 'after, s', 'last address begun, s', 'last connection, s'];

interface Connections {
  count: number;
  last: number;
  begun: Set<string>;
  /** When the last address was begun. */
  lastBegun: number;
}

/** Listens on every port of every address of a task for each rule. Times are milliseconds since 1970. */
async function openTargets() {
  const toNothing = (): Connections => ({ count: 0, last: 0, lastBegun: 0, begun: new Set() });
  let seen = RULES.map(toNothing);
  const first = await findFreePort();
  const ports = Array.from({ length: PORTS }, (_, i) => first + i);
  const listen = (place: number, host: string, port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined).resume();
        const of = seen[place]!;
        const now = performance.timeOrigin + performance.now();
        of.count++;
        of.last = now;
        if (of.begun.has(host)) return;
        of.begun.add(host);
        of.lastBegun = now;
      });
      server.once('error', reject).listen({ host, port, exclusive: true }, () => resolve(server));
    });
  const hosts = RULES.map((_, place) => Array.from({ length: ADDRESSES }, (_, i) => `127.131.${place}.${i}`));
  await Promise.all(
    hosts.flatMap((some, place) => some.flatMap((host) => ports.map((port) => listen(place, host, port)))),
  );
  return {
    targets: RULES.map((_, place) => `127.131.${place}.0/25`),
    ports: `${ports[0]}-${ports.at(-1)}`,
    seen: () => seen,
    forget: () => {
      seen = RULES.map(toNothing);
    },
  };
}

const now = () => performance.timeOrigin + performance.now();
const waitFor = (ms: number) => delay(Math.max(0, ms - now()));

async function waitUntil(isTrue: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (performance.now() < until) {
    if (await isTrue()) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}

async function isReady({ health_url }: Stack['services'][number]): Promise<boolean> {
  const response = await fetch(health_url).catch(() => undefined);
  const { status } = ((await response?.json()) ?? {}) as { status?: string };
  return status === 'ok';
}

function createCalls(stack: Stack) {
  const { api_url, api_key } = stack.describe();
  return async (method: string, path: string, body?: object) => {
    const response = await fetch(`${api_url}${path}`, {
      method,
      headers: { authorization: `Bearer ${api_key}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
}

/** Kills every process of it; resolves with what starts it again. A service is started again without it. */
async function kill(stack: Stack, down: string): Promise<() => Promise<unknown>> {
  const engine = ENGINES.find((name) => name === down);
  if (!engine) await Promise.all(stack.services.filter(({ name }) => name === down).map((service) => service.kill()));
  else await stack.engines![engine].kill();
  return async () => engine && stack.engines![engine].restart();
}

async function measure(stack: Stack, targets: Awaited<ReturnType<typeof openTargets>>, down: string) {
  const call = createCalls(stack);
  const api = createBenchApi(stack.describe());
  const whenReady = () =>
    waitUntil(async () => (await Promise.all(stack.services.map(isReady))).every(Boolean), READY_WITHIN_MS);
  await whenReady();
  const minute = Math.ceil((now() + CREATED_MS) / MINUTE_MS) * MINUTE_MS;
  await waitFor(minute - CREATED_MS);
  targets.forget();
  const taskIds: string[] = [];
  for (const [place, { config, before }] of RULES.entries()) {
    const label = `rule-${place}`;
    const { status, body } = await call('POST', '/api/tasks', {
      task_target: targets.targets[place],
      task_initiator: 'bench',
      labels: [label],
      scan: { ports: targets.ports },
      config: { subtask_timeout: 60, ...config?.(minute) },
    });
    if (status !== 201) throw new Error(`no task: ${status} ${JSON.stringify(body)}`);
    taskIds.push(body['task_id'] as string);
    if (before) await call('POST', ...before(label, minute));
  }
  await waitFor(minute - KILLED_MS);
  if (targets.seen().some(({ begun }) => begun.size < CAPACITY)) print('few addresses have begun');
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  const restart = await kill(stack, down);
  await waitFor(minute - ASKED_MS);
  const made = await Promise.all(
    RULES.map(async ({ ask }, place) => {
      if (!ask) return { said: 'at its time', since: minute, took: undefined };
      const asked = now();
      const answer = await call('POST', ...ask(`rule-${place}`, targets.targets[place]!)).catch(
        (error: Error) => error,
      );
      const said = answer instanceof Error ? 'none' : String(answer.status);
      const sent = answer instanceof Error || answer.body['sent_to_nodes'] !== false ? '' : ', `sent_to_nodes: false`';
      return { said: `${said}${sent}`, since: now(), took: now() - asked };
    }),
  );
  await waitFor(minute + WATCHED_MS);
  const watched = now();
  loop.disable();
  print(`${down}: a listener was late by ${(loop.max / 1e6).toFixed(0)} ms at most`);
  const toSeconds = (ms: number) => (ms / 1_000).toFixed(2);
  const rows = RULES.map(({ name }, place) => {
    const { said, since, took } = made[place]!;
    const { last, lastBegun, begun } = targets.seen()[place]!;
    if (begun.size === ADDRESSES) print(`${name}: all addresses have begun`);
    const toCell = (ms: number) => `${watched - ms < 1_000 ? 'still after ' : ''}${toSeconds(ms - since)}`;
    return [down, name, said, took === undefined ? '' : toSeconds(took), toCell(lastBegun), toCell(last)];
  });
  await restart();
  await whenReady();
  // What was aborted, or was not begun, is scanned after it.
  for (const [list, id] of [
    ['freezes', 'freeze_id'],
    ['exclusions', 'exclusion_id'],
  ] as const) {
    const { items = [] } = (await call('GET', `/api/${list}`)).body as { items?: Record<string, string>[] };
    for (const item of items) await call('DELETE', `/api/${list}/${item[id]}`);
  }
  for (const [place, taskId] of taskIds.entries()) {
    const { status, progress } = await api.waitForEnd(taskId);
    print(`${down}, ${RULES[place]!.name}: ${status} with ${JSON.stringify(progress)}`);
  }
  return rows;
}

async function main(): Promise<void> {
  const { down } = new Command('bench:freeze')
    .description('Measures how long after a rule is in force listeners still see connections')
    .option('--down <names>', 'what is down, one after the other', (text) => text.split(','), DOWN)
    .parse()
    .opts<{ down: string[] }>();
  const targets = await openTargets();
  print(`${RULES.length * ADDRESSES * PORTS} listeners; starting a stack with ${NODES} nodes …`);
  const rows: string[][] = [];
  const stackOptions = {
    scale: { ...Object.fromEntries(SERVICES.map((name) => [name, 2])), 'scanner-node': NODES },
    serviceEnvironment: {
      'scanner-node': {
        CAPACITY: String(CAPACITY),
        PORT_CONCURRENCY: '1',
        BANNER_TIMEOUT_MS: String(BANNER_MS),
      },
    },
    timing: { baseMs: RESTARTED_AFTER_MS, capMs: RESTARTED_AFTER_MS },
  };
  await withOwnStack(stackOptions, async (stack) => {
    for (const each of down) {
      const measured = await measure(stack, targets, each);
      rows.push(...measured);
      print(toTextTable({ head: HEAD, rows: measured }));
    }
  });
  const table: Table = { head: HEAD, rows };
  process.stdout.write(toTextTable(table));
  print('Seconds from the answer of the POST, or from the full minute; a negative time is before it.');
}

runProgram('bench:freeze', main);
