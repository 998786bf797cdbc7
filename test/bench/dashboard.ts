/**
 * `npm run bench:dashboard`: what the dashboard costs its reader in Chromium: the first paint, the grid of a /16 that
 * runs, memory over time, a list of 131,072 subtasks. A whole stack with nodes whose scans open no socket. Nothing here
 * asserts a figure.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@cyberstroll/testkit';
import { Command } from 'commander';
import type { CDPSession, Page } from 'playwright-core';
import { createBrowser } from '../browser/browser';
import { startTestStack, type TestStack } from '../e2e/test-stack';

const print = (text: string) => process.stderr.write(`${text}\n`);
const WITHIN = { timeoutMs: 120_000, intervalMs: 500 };
const LOADS = 5;
const BUSY_SECONDS = 20;

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

/** The share of a core that the page's main thread takes while the grid is drawn as the task runs. */
async function measureBusy(client: CDPSession): Promise<number> {
  const before = await readMetric(client, 'TaskDuration');
  const begun = performance.now();
  await delay(BUSY_SECONDS * 1_000);
  return ((await readMetric(client, 'TaskDuration')) - before) / ((performance.now() - begun) / 1_000);
}

/** Megabytes of the page's heap after a collection, once a minute. */
async function measureHeap(client: CDPSession, minutes: number): Promise<number[]> {
  const used: number[] = [];
  for (let minute = 0; minute <= minutes; minute++) {
    if (minute > 0) await delay(60_000);
    await client.send('HeapProfiler.collectGarbage');
    used.push((await client.send('Runtime.getHeapUsage')).usedSize / 1_000_000);
  }
  return used;
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

async function createTasks({ api }: TestStack) {
  const running = await api.createTask({ task_target: '127.1.0.0/16', ports: '80', config: { order: 'sequential' } });
  const long = await api.createTask({
    task_target: '127.2.0.0/15',
    ports: '80',
    config: { pool: 'nobody', order: 'sequential' },
  });
  await eventually(async () => (await api.getProgress(running.task_id)).counts.completed_count > 500, WITHIN);
  return { running: running.task_id, long: long.task_id };
}

async function main({ minutes }: { minutes: number }): Promise<void> {
  // About 300 addresses a second for each node.
  const node = { SCANNER: 'noop', SCAN_MS: '200', CAPACITY: '64' };
  const system = await startTestStack({ ownEngines: true, nodes: { 'node-1': node, 'node-2': node } });
  const browser = await createBrowser();
  try {
    const tasks = await createTasks(system);
    const stack = system.stack.describe();
    const { page } = await browser.openDashboard(stack);
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable');
    print(`first paint of the overview: ${Math.round(await measureFirstPaint(page))} ms (median of ${LOADS})`);
    await page.goto(`${stack.dashboard_url}tasks/${tasks.long}?tab=subtasks`);
    const { ms, rows } = await measureScroll(page, '127.3.255.255');
    print(`131,072 subtasks: the last one ${Math.round(ms)} ms after the jump; ${rows} rows on the page`);
    await page.goto(`${stack.dashboard_url}tasks/${tasks.running}`);
    await page.getByText('One cell is one address.').waitFor();
    const before = (await system.api.getProgress(tasks.running)).counts.completed_count;
    let reads = 0;
    page.on('request', (request) => /\/grid(\?|$)/.test(request.url()) && reads++);
    const busy = await measureBusy(client);
    const { counts } = await system.api.getProgress(tasks.running);
    const rate = Math.round((counts.completed_count - before) / BUSY_SECONDS);
    print(
      `grid of a /16 at ${rate} addresses/s: ${(100 * busy).toFixed(1)} % of a core (main thread, ` +
        `${BUSY_SECONDS} s), ${reads} more reads of the snapshot`,
    );
    const heap = await measureHeap(client, minutes);
    const slope = (heap.at(-1)! - heap[0]!) / Math.max(1, minutes);
    print(
      `heap: ${heap.map((mb) => mb.toFixed(1)).join(', ')} MB; ${slope.toFixed(2)} MB a minute over ${minutes} min`,
    );
  } finally {
    await browser.close();
    await system.stop();
  }
}

const command = new Command('bench:dashboard').option('--minutes <n>', 'how long memory is watched', Number, 3).parse();
main(command.opts()).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
