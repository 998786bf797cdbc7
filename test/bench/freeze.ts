/**
 * `npm run bench:freeze`: how long after a freeze listeners still see connections. A whole stack with two nodes scans
 * loopback addresses of this program, each for three seconds; a freeze stops it, with all engines up, and with each of
 * them down in turn. Nothing here asserts a figure.
 */
import { createServer, type Server } from 'node:net';
import { type Engine, findFreePort, type Stack } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { type Table, toTextTable } from './report/table';
import { createBenchApi } from './stack/api';
import { runProgram, withOwnStack } from './stack/own-stack';

const print = (text: string) => process.stderr.write(`${text}\n`);

const ADDRESSES = 128;
/** Of an address, probed one by one: each says nothing, and takes the time-out of a banner. */
const PORTS = 15;
const BANNER_MS = 200;
const NODES = 2;
const CAPACITY = 8;
const LOOK_EVERY_MS = 50;
/** A freeze may wait for an engine that is down. */
const ANSWER_WITHIN_MS = 20_000;
/** Without a connection for this long, it is quiet. */
const QUIET_MS = 6_000;
const WATCHED_MS = 30_000;
const READY_WITHIN_MS = 120_000;

interface Connections {
  count: number;
  last: number;
  /** When the last address was begun. */
  lastBegun: number;
}

interface Case {
  running: 'end' | 'abort';
  down?: Engine['name'];
}

const CASES: readonly Case[] = [
  { running: 'end' },
  { running: 'abort' },
  { running: 'abort', down: 'redis' },
  { running: 'abort', down: 'rabbitmq' },
  { running: 'abort', down: 'mongodb' },
];

const HEAD = ['engine that is down', 'running', 'answer', 'after, s', 'last address begun, s', 'last connection, s'];

/** Listens on every port of every address. */
async function openTargets() {
  let seen: Connections & { begun: Set<string> } = { count: 0, last: 0, lastBegun: 0, begun: new Set() };
  const addresses = Array.from({ length: ADDRESSES }, (_, i) => `127.131.0.${i}`);
  const first = await findFreePort();
  const ports = Array.from({ length: PORTS }, (_, i) => first + i);
  const listen = (host: string, port: number) =>
    new Promise<Server>((resolve, reject) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined).resume();
        const now = performance.now();
        seen.count++;
        seen.last = now;
        if (seen.begun.has(host)) return;
        seen.begun.add(host);
        seen.lastBegun = now;
      });
      server.once('error', reject).listen({ host, port, exclusive: true }, () => resolve(server));
    });
  await Promise.all(addresses.flatMap((host) => ports.map((port) => listen(host, port))));
  return {
    target: `${addresses[0]}-${addresses.at(-1)}`,
    ports: `${ports[0]}-${ports.at(-1)}`,
    seen: (): Connections => seen,
    forget: () => {
      seen = { count: 0, last: 0, lastBegun: 0, begun: new Set() };
    },
  };
}

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

async function measure(
  stack: Stack,
  targets: Awaited<ReturnType<typeof openTargets>>,
  { running, down }: Case,
): Promise<string[]> {
  const call = createCalls(stack);
  const api = createBenchApi(stack.describe());
  await waitUntil(async () => (await Promise.all(stack.services.map(isReady))).every(Boolean), READY_WITHIN_MS);
  targets.forget();
  const scan = { ports: targets.ports };
  const request = { task_target: targets.target, task_initiator: 'bench', scan, config: { subtask_timeout: 60 } };
  const { body: task } = await call('POST', '/api/tasks', request);
  const taskId = task['task_id'] as string;
  // As many are under scan as can be, and the second ones have begun.
  const enough = (NODES * CAPACITY * PORTS * 3) / 2;
  if (!(await waitUntil(() => targets.seen().count >= enough, WATCHED_MS))) throw new Error('nothing is scanned');
  const engine = down && stack.engines![down];
  await engine?.kill();
  const asked = performance.now();
  const freeze = { covers: { all: true }, running, reason: 'bench' };
  const answer = await call('POST', '/api/freezes', freeze).catch((error: Error) => error);
  const answered = performance.now();
  await waitUntil(() => performance.now() - Math.max(answered, targets.seen().last) > QUIET_MS, WATCHED_MS);
  const { last, lastBegun } = targets.seen();
  const isStill = performance.now() - last < QUIET_MS;
  await engine?.restart();
  await waitUntil(async () => (await Promise.all(stack.services.map(isReady))).every(Boolean), READY_WITHIN_MS);
  // What was aborted, or was not begun, is scanned after it.
  const { items = [] } = (await call('GET', '/api/freezes')).body as { items?: { freeze_id: string }[] };
  for (const { freeze_id } of items) await call('DELETE', `/api/freezes/${freeze_id}`);
  const { progress } = await api.waitForEnd(taskId);
  const toSeconds = (ms: number) => (ms / 1_000).toFixed(2);
  print(`${down ?? 'none'}, ${running}: ${JSON.stringify(answer)}; the task ends at ${progress} %`);
  const said = answer instanceof Error ? answer.message : String(answer.status);
  const sent = answer instanceof Error ? undefined : answer.body['sent_to_nodes'];
  return [
    down ?? 'none',
    running,
    sent === false ? `${said}, sent_to_nodes: false` : said,
    toSeconds(answered - asked),
    toSeconds(lastBegun - answered),
    isStill ? `still after ${toSeconds(last - answered)}` : toSeconds(last - answered),
  ];
}

async function main(): Promise<void> {
  const targets = await openTargets();
  print(`${ADDRESSES * PORTS} listeners; starting a stack with ${NODES} nodes …`);
  const rows: string[][] = [];
  const stackOptions = {
    scale: { 'scanner-node': NODES },
    serviceEnvironment: {
      'scanner-node': {
        CAPACITY: String(CAPACITY),
        PORT_CONCURRENCY: '1',
        BANNER_TIMEOUT_MS: String(BANNER_MS),
      },
    },
  };
  await withOwnStack(stackOptions, async (stack) => {
    for (const each of CASES) rows.push(await measure(stack, targets, each));
  });
  const table: Table = { head: HEAD, rows };
  process.stdout.write(toTextTable(table));
  print('Seconds from the answer of the POST; a negative time is before it.');
}

runProgram('bench:freeze', main);
