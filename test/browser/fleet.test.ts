import { eventually } from '@cyberstroll/testkit';
import type { Locator, Page, WebSocket } from 'playwright-core';
import { startLightStack } from '../e2e/light-stack';
import type { TestStack } from '../e2e/test-stack';
import { createBrowser, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';
import { readLegend } from './read-legend';

let system: TestStack;
let browser: TestBrowser;
let taskId: string;

beforeAll(async () => {
  // Slow enough that the task runs to the end of the file. A killed node is silent after 10 s instead of 15.
  const beat = { HEARTBEAT_INTERVAL_MS: '1000', LEASE_MS: '10000' };
  const node = { SCANNER: 'noop', SCAN_MS: '2000', CAPACITY: '8', ...beat };
  system = await startLightStack({
    processes: ['progress-pusher'],
    nodes: {
      'node-a': node,
      'node-b': node,
      // What it has taken is in its hands when it is killed, and no other node has its pool.
      'node-c': { ...node, POOLS: 'alone', SCAN_MS: '600000' },
    },
    serviceEnvironment: { 'heartbeat-monitor': { HEARTBEAT_TIMEOUT_MS: '10000' } },
    ownEngines: true,
    // A killed process stays dead.
    timing: { baseMs: 3_600_000, capMs: 3_600_000 },
  });
  browser = await createBrowser();
  const { task_id } = await system.api.createTask({ task_target: '127.70.0.0/18' });
  taskId = task_id;
  await eventually(async () => (await system.api.getProgress(task_id)).counts.completed_count > 0, {
    timeoutMs: 60_000,
  });
});

afterEach(() => browser?.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const open = (path: string, options = {}) => browser.openDashboard(system.stack.describe(), { path, ...options });
/** What a part of the page says that is not live. */
const banner = (page: Page) => page.getByText(/^Not live/);
/** On a busy machine an answer may come late, and the page is not live for a moment. */
const expectLive = (page: Page) => eventually(async () => (await banner(page).count()) === 0);
const options = (page: Page) => page.getByRole('listbox', { name: 'Found' }).getByRole('option');
const row = (page: Page, node: string) => page.getByRole('row').filter({ hasText: node });

const hasFocus = (locator: Locator) => locator.and(locator.page().locator(':focus')).isVisible();

async function waitUntilBarMoves(page: Page): Promise<void> {
  const read = () => page.getByRole('row').getByRole('progressbar').getAttribute('aria-label');
  const before = await read();
  await eventually(async () => (await read()) !== before);
}

it('shows what the fleet does: figures, the running task with its live bar, queues', async () => {
  const { page } = await open('/');
  const figure = (name: string) => page.locator('.figures > div').filter({ hasText: name });
  await figure('slots used')
    .getByText(/^[1-9]\d? \/ 24$/)
    .waitFor();
  await figure('nodes').getByText('3', { exact: true }).waitFor();
  await waitUntilBarMoves(page);
  await page.getByRole('link', { name: 'Fleet' }).click();
  await page.getByRole('link', { name: 'Queues' }).click();
  await page.getByRole('row', { name: /cs\.jobs\.default .* Nodes of the pool/ }).waitFor();
  await expectLive(page);
  await page.getByRole('img', { name: /^Messages in cs\.jobs\.default over time: \d/ }).waitFor();
  // Heartbeats come and go all the time.
  const rates = /^cs\.heartbeats\.nodes .* [\d.]*[1-9][\d.]* \/ [\d.]*[1-9]/;
  await page.getByRole('row', { name: rates }).waitFor();
  const none = { json: { interval_seconds: 10, items: [] } };
  await page.route(/\/api\/statistics\/history/, (route) => route.fulfill(none));
  await page.reload();
  await page.getByRole('row', { name: /^cs\.jobs\.default .* No samples yet\./ }).waitFor();
});

it('has no WebSocket while the page cannot be seen, and opens one when it can', async () => {
  const { page } = await open('/');
  await waitUntilBarMoves(page);
  const show = (state: 'hidden' | 'visible') =>
    page.evaluate(`Object.defineProperty(document, 'visibilityState', { value: '${state}', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));`);
  const sockets: WebSocket[] = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await show('hidden');
  await show('visible');
  // A connection that was silent for too long, on a busy machine, is followed by another one.
  const countOpen = () => sockets.filter((socket) => !socket.isClosed()).length;
  await eventually(() => expect(countOpen()).toBe(1));
  await waitUntilBarMoves(page);
  await show('hidden');
  await eventually(() => expect(countOpen()).toBe(0));
  const closed = sockets.length;
  await show('visible');
  await waitUntilBarMoves(page);
  expect(sockets.length).toBeGreaterThan(closed);
});

it('fits a screen on the wall', async () => {
  const { page } = await open('/?tv=1');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.getByRole('row').getByRole('progressbar').waitFor();
  const size = await page.evaluate('[document.documentElement.scrollWidth, document.documentElement.scrollHeight]');
  expect(size).toEqual([1920, 1080]);
  expect(await page.getByRole('navigation').count()).toBe(0);
  expect(await page.getByRole('button').count()).toBe(0);
  await waitUntilBarMoves(page);
  await expectLive(page);
});

it('is used by keyboard: ? lists the keys, g and a key opens a page, Tab and Enter follow a link', async () => {
  const { page } = await open('/');
  await page.getByRole('row').getByRole('progressbar').waitFor();
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keyboard' });
  await keys.getByText('go to: Queues').waitFor();
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'detached' });
  // The second key counts for a second and a half.
  await eventually(async () => {
    await page.keyboard.type('gu');
    await page.getByRole('heading', { level: 1, name: 'Queues' }).waitFor({ timeout: 5_000 });
  });
  const nodes = page.getByRole('link', { name: 'Nodes', exact: true });
  // The focus is at the new page, and its tabs come next.
  for (let tabs = 0; tabs < 15 && !(await hasFocus(nodes)); tabs++) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Nodes' }).waitFor();
});

it('finds an address and opens its task by keyboard alone', async () => {
  const { page } = await open('/fleet/queues');
  await page.getByRole('heading', { name: 'Queues' }).waitFor();
  await page.keyboard.press('Control+k');
  await page.locator('input:focus').waitFor();
  await page.keyboard.type('127.70.3.4');
  await page.getByRole('option', { selected: true, name: 'address 127.70.3.4' }).waitFor();
  await options(page).nth(1).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.getByRole('option', { selected: true, name: /^task .*127\.70\.0\.0\/18/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/tasks/${taskId}`);
  await page.keyboard.press('/');
  await page.locator('input:focus').waitFor();
  await page.keyboard.type('node-');
  await options(page).nth(1).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.getByRole('option', { selected: true, name: 'node node-c' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

it('reads by HTTP while the WebSocket is lost: counts, rate and grid of a task move, and nothing is old', async () => {
  const { page, faults } = await open('/');
  const { page: task, faults: faultsOfTask } = await open(`/tasks/${taskId}`);
  for (const each of [faults, faultsOfTask]) each.allow(/WebSocket connection to/);
  const readBar = () => task.locator('.progress-bar').first().getAttribute('aria-label');
  await page.getByRole('row').getByRole('progressbar').waitFor();
  await eventually(async () => (await readLegend(task))['completed'] !== undefined);
  const [pusher] = system.find('progress-pusher');
  await pusher!.stop(60_000);
  for (let moved = 0; moved < 3; moved++) {
    const before = await readBar();
    await eventually(async () => (await readBar()) !== before);
    await waitUntilBarMoves(page);
  }
  const rate = task.locator('.figures > div').filter({ hasText: 'rate' });
  await rate.getByText(/[1-9].* \/ s/).waitFor();
  const { completed } = await readLegend(task);
  await eventually(async () => (await readLegend(task))['completed']! > completed!);
  for (const each of [page, task]) await expectLive(each);

  // Without an answer by HTTP either, nothing has become slower.
  faultsOfTask.allow(/Failed to load resource/);
  await task.route(/\/progress$/, (route) => route.abort());
  await banner(task).first().waitFor();
  const lastRate = await rate.textContent();
  // On a busy machine another part of the page may be old, too.
  await task
    .getByText(/^Not live: (1[5-9]|[2-5]\d) s old/)
    .first()
    .waitFor();
  expect(await rate.textContent()).toBe(lastRate);

  pusher!.start();
  await waitUntilBarMoves(page);
  await expectLive(page);
});

/** Several reads of a page fail for one cause, which is said once; and nothing says that there is nothing. */
async function expectOneCause(page: Page): Promise<void> {
  const faults = page.locator('main .error');
  const unknown = page.getByText('Unknown at present.');
  await page.getByRole('link', { name: /^Problems/ }).click();
  await faults.first().waitFor();
  await page.getByRole('link', { name: 'Overview', exact: true }).click();
  await eventually(async () => (await unknown.count()) >= 3);
  expect(await faults.count()).toBe(1);
  expect(await page.getByText(/No task is running|Nothing needs attention|No scans yet/).count()).toBe(0);
}

it.each(['mongodb', 'rabbitmq'] as const)('is not live while %s is away', async (name) => {
  const { page, faults } = await open('/');
  faults.allow(/WebSocket connection to/, /Failed to load resource/);
  await page.getByRole('row').getByRole('progressbar').waitFor();
  await page.locator('.figures').first().waitFor();
  await system.stack.engines![name].kill();
  await banner(page).first().waitFor();
  const readFilter = "getComputedStyle(document.querySelector('.figures')).filter";
  await eventually(async () => (await page.evaluate(readFilter)) === 'grayscale(1)');
  if (name === 'mongodb') await expectOneCause(page);
  await system.stack.engines![name].restart();
  await expectLive(page);
});

it('stays live while Redis is away: progress is read from the store', async () => {
  const { page, faults } = await open('/');
  faults.allow(/WebSocket connection to/);
  await page.getByRole('row').getByRole('progressbar').waitFor();
  await system.stack.engines!.redis.kill();
  for (let moved = 0; moved < 3; moved++) await waitUntilBarMoves(page);
  await expectLive(page);
  await system.stack.engines!.redis.restart();
  await waitUntilBarMoves(page);
});

it('draws the last hour, once there are samples of it', async () => {
  const { page } = await open('/');
  await page.getByRole('img', { name: /^Subtasks by state, over time\. Now: completed/ }).waitFor();
});

it('shows that a killed node is silent, and on the grid that what it held is tried again', async () => {
  const { page } = await open('/fleet');
  const { task_id } = await system.api.createTask({ task_target: '127.71.0.0/26', config: { pool: 'alone' } });
  const { page: grid } = await open(`/tasks/${task_id}`);
  const shows = (state: string) => eventually(async () => ((await readLegend(grid))[state] ?? 0) > 0);
  await shows('scanning');
  await row(page, 'node-c').getByText('busy').waitFor();
  process.kill(system.find('node-c')[0]!.identity!.pid, 'SIGKILL');
  await row(page, 'node-c').getByText('silent').waitFor();
  await shows('retrying');
  await row(page, 'node-a').getByText('busy').waitFor();
  await page.getByLabel('State').selectOption('silent');
  await page.getByText('1 of 3 nodes').waitFor();
  expect(new URL(page.url()).search).toBe('?state=silent');

  // Beside how fast each node has scanned.
  await page.getByLabel('State').selectOption('all');
  await page.getByRole('row', { name: /node-c silent/ }).waitFor();
  const rateOf = page.getByRole('row', { name: /node-a busy/ }).getByText(/[1-9].*\/s$/);
  await rateOf.waitFor();
  await page.getByRole('button', { name: 'Node', exact: true }).click();
  await page.waitForURL(/sort=name/);
  await page.getByRole('button', { name: 'Node', exact: true }).click();
  const first = page.locator('tbody tr').first();
  await first.getByRole('link', { name: 'node-c' }).waitFor();
  const head = page.getByRole('columnheader', { name: 'Node', exact: true });
  expect(await head.getAttribute('aria-sort')).toBe('descending');

  // It is in the node's history, in the list of what happened, and a mark on the chart.
  const { dashboard_url } = system.stack.describe();
  await page.goto(new URL('/fleet/nodes/node-c', dashboard_url).href);
  await page.getByRole('listitem').filter({ hasText: 'node lost' }).waitFor();
  await page.goto(dashboard_url);
  const lost = page.getByRole('link', { name: 'node lost: node-c' });
  expect(await lost.getAttribute('href')).toBe('/fleet/nodes/node-c');
  await page.locator('.event-mark.is-trouble').first().waitFor();
  await expectNoViolations(page);
});
