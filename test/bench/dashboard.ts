/**
 * `npm run bench:dashboard`: what the dashboard costs its reader in Chromium: the first paint, a list of 131,072
 * subtasks, the main thread of three pages while tasks run, each alone: the list of tasks with 50 that move, the
 * overview, the grid of a /16; and the memory of the three over time. A whole stack with nodes whose scans open no
 * socket. At most 5 minutes. Nothing here asserts a figure.
 */
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@cyberstroll/testkit';
import { Command } from 'commander';
import type { CDPSession, Page } from 'playwright-core';
import { createBrowser } from '../browser/browser';
import { startTestStack, type TestStack } from '../e2e/test-stack';

/** What shares the machine changes each figure. */
const print = (text: string) => process.stderr.write(`${text} [load ${loadavg()[0]!.toFixed(1)}]\n`);
const WITHIN = { timeoutMs: 120_000, intervalMs: 500 };
const LOADS = 5;
const BUSY_SECONDS = 20;
const MOVING_TASKS = 50;

async function readMetric(client: CDPSession, name: string): Promise<number> {
  const { metrics } = await client.send('Performance.getMetrics');
  return metrics.find((metric) => metric.name === name)?.value ?? 0;
}

/** Milliseconds from the request of the page to its first text or picture: the median of some loads. */
async function measureFirstPaint(page: Page): Promise<number> {
  const times: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
    // The browser notes it a moment after it is drawn.
    const read = () =>
      page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0");
    await eventually(async () => (await read()) > 0, WITHIN);
    times.push(await read());
  }
  return times.sort((a, b) => a - b)[Math.floor(LOADS / 2)]!;
}

interface Busy {
  /** Of a core: everything that the page's main thread does; of that what its scripts do, and what its layout does. */
  all: number;
  scripts: number;
  layout: number;
}

/** What the page's main thread takes while it shows what changes. */
async function measureBusy(client: CDPSession): Promise<Busy> {
  const read = async (): Promise<Busy> => ({
    all: await readMetric(client, 'TaskDuration'),
    scripts: await readMetric(client, 'ScriptDuration'),
    layout: (await readMetric(client, 'LayoutDuration')) + (await readMetric(client, 'RecalcStyleDuration')),
  });
  const before = await read();
  const begun = performance.now();
  await delay(BUSY_SECONDS * 1_000);
  const after = await read();
  const seconds = (performance.now() - begun) / 1_000;
  const toShare = (name: keyof Busy) => (after[name] - before[name]) / seconds;
  return { all: toShare('all'), scripts: toShare('scripts'), layout: toShare('layout') };
}

const toPercent = (share: number) => `${(100 * share).toFixed(1)} %`;
const toText = ({ all, scripts, layout }: Busy) =>
  `${toPercent(all)} of a core (main thread, CPU time of ${BUSY_SECONDS} s); scripts ${toPercent(scripts)}, ` +
  `layout ${toPercent(layout)}`;

/** Megabytes of each page's heap after a collection, once a minute. */
async function measureHeaps(pages: ReadonlyMap<string, CDPSession>, minutes: number): Promise<void> {
  const used = new Map([...pages.keys()].map((name) => [name, [] as number[]]));
  for (let minute = 0; minute <= minutes; minute++) {
    if (minute > 0) await delay(60_000);
    for (const [name, client] of pages) {
      await client.send('HeapProfiler.collectGarbage');
      used.get(name)!.push((await client.send('Runtime.getHeapUsage')).usedSize / 1_000_000);
    }
  }
  for (const [name, heap] of used) {
    print(`heap of ${name}, each minute: ${heap.map((mb) => mb.toFixed(2)).join(', ')} MB`);
  }
}

/** Milliseconds from the jump to the end of the list until its last subtask is there; and the rows on the page. */
async function measureScroll(page: Page, last: string): Promise<{ ms: number; rows: number }> {
  const list = page.locator('.virtual-rows');
  await list.getByRole('listitem').first().waitFor();
  const begun = performance.now();
  await page.evaluate(
    "(() => { const box = document.querySelector('.virtual-rows'); box.scrollTop = box.scrollHeight; })()",
  );
  await page.getByText(last, { exact: true }).waitFor();
  return { ms: performance.now() - begun, rows: await page.getByRole('listitem').count() };
}

/** Of 50 tasks and one of a /16, which nodes of two pools scan; one that no node scans. */
async function createTasks({ api }: TestStack) {
  const create = (task_target: string, pool: string, limits = {}) =>
    api.createTask({ task_target, ports: '80', config: { pool, order: 'sequential', ...limits } });
  const running = await create('127.1.0.0/16', 'grid');
  const long = await create('127.2.0.0/15', 'nobody');
  const moving = [];
  for (let n = 0; n < MOVING_TASKS; n++) {
    // So that all of them move at once.
    moving.push(await create(`127.${64 + n}.0.0/20`, 'list', { max_concurrent: 1 }));
  }
  for (const { task_id } of [running, ...moving]) {
    await eventually(async () => (await api.getProgress(task_id)).counts.completed_count > 0, WITHIN);
  }
  return { running: running.task_id, long: long.task_id };
}

/** The one of the grid is not among them. */
const LIST = '/tasks?status=RUNNING&pool=list';

/** The newest task, which is on the first page of each list. */
const NEWEST = `127.${64 + MOVING_TASKS - 1}.0.0/20`;

/** How far the task of each row is. */
const readPercents = (page: Page) => page.locator('.tasks .progress-percent').allInnerTexts();

async function main({ minutes }: { minutes: number }): Promise<void> {
  // About 300 addresses a second each.
  const node = { SCANNER: 'noop', SCAN_MS: '200', CAPACITY: '64' };
  const nodes = { 'node-1': { ...node, POOLS: 'grid' }, 'node-2': { ...node, POOLS: 'list' } };
  const system = await startTestStack({ ownEngines: true, nodes });
  const browser = await createBrowser();
  try {
    const tasks = await createTasks(system);
    const stack = system.stack.describe();
    const open = async (path: string) => {
      const { page } = await browser.openDashboard(stack, { path });
      const client = await page.context().newCDPSession(page);
      // CPU time of the thread, not the time that passes: others share the machine.
      await client.send('Performance.enable', { timeDomain: 'threadTicks' });
      return { page, client };
    };
    const { page, client } = await open('/');
    const show = async (path: string, text: string) => {
      await page.goto(new URL(path, stack.dashboard_url).href);
      await page.getByText(text).filter({ visible: true }).first().waitFor();
    };
    print(`first paint of the overview: ${Math.round(await measureFirstPaint(page))} ms (median of ${LOADS})`);
    await show(`/tasks/${tasks.long}?tab=subtasks`, '127.2.0.0');
    const { ms, rows } = await measureScroll(page, '127.3.255.255');
    print(`131,072 subtasks: the last one ${Math.round(ms)} ms after the jump; ${rows} rows on the page`);

    await show(LIST, NEWEST);
    const before = await readPercents(page);
    const busy = await measureBusy(client);
    const after = await readPercents(page);
    const moved = after.filter((percent, i) => percent !== before[i]).length;
    print(`list of tasks, ${moved} of its ${after.length} rows moved: ${toText(busy)}`);

    await show('/', NEWEST);
    print(`overview: ${toText(await measureBusy(client))}`);

    const grid = `/tasks/${tasks.running}`;
    await show(grid, 'Colour by');
    const countDone = async () => (await system.api.getProgress(tasks.running)).counts.completed_count;
    const done = await countDone();
    let reads = 0;
    page.on('request', (request) => /\/grid(\?|$)/.test(request.url()) && reads++);
    const busyGrid = await measureBusy(client);
    const rate = Math.round(((await countDone()) - done) / BUSY_SECONDS);
    print(`grid of a /16 at ${rate} addresses/s: ${toText(busyGrid)}, ${reads} more reads of the snapshot`);
    await page.context().close();

    const opened = { 'the list of tasks': LIST, 'the overview': '/', 'the grid': grid };
    const pages = new Map<string, CDPSession>();
    for (const [name, path] of Object.entries(opened)) pages.set(name, (await open(path)).client);
    await measureHeaps(pages, minutes);
  } finally {
    await browser.close();
    await system.stop();
  }
}

const command = new Command('bench:dashboard').option('--minutes <n>', 'how long memory is watched', Number, 2).parse();
main(command.opts()).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
