/** A person watches the grid of a task fill, selects what failed, and scans it again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@cyberstroll/testkit';
import type { Page, Route } from 'playwright-core';
import { createFakeNmap } from '../e2e/fake-nmap';
import { startLightStack } from '../e2e/light-stack';
import type { TestStack } from '../e2e/test-stack';
import { createBrowser, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';
import { readLegend } from './read-legend';

const FAILURES = 40;
const WITHIN = { timeoutMs: 120_000, intervalMs: 200 };
const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-grid-'));
const nmap = createFakeNmap(dir);
let system: TestStack;
let browser: TestBrowser;
beforeAll(async () => {
  nmap.install({ failures: FAILURES });
  const node = { PATH: `${nmap.path}:${process.env['PATH']}` };
  system = await startLightStack({ nodes: { 'node-a': node, 'node-b': node } });
  browser = await createBrowser();
});
afterEach(() => browser?.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const open = async (path: string) => (await browser.openDashboard(system.stack.describe(), { path })).page;

/** Leaves each read of the grid without an answer, until the page connects again: then it has missed changes. */
async function refuseReads(page: Page): Promise<void> {
  const held: Route[] = [];
  let isLost = false;
  await page.route(/\/api\/tasks\/\w+\/grid(\?|$)/, (route) => (isLost ? route.continue() : void held.push(route)));
  page.on('websocket', (socket) => {
    if (!/\/grid\?/.test(socket.url())) return;
    isLost = true;
    for (const route of held.splice(0)) void route.continue().catch(() => undefined);
  });
}

it('the grid fills to the counts of the API; failed cells are retried; cells and blocks change without a read', async () => {
  const { task_id: id } = await system.api.createTask({
    task_target: '127.3.0.0/24',
    ports: '80',
    method: 'nmap',
    config: { max_retries: 0, order: 'sequential' },
  });
  const page = await open(`/tasks/${id}`);
  await eventually(async () => (await readLegend(page))['pending'] === 0, WITHIN);
  await eventually(async () => {
    const { counts } = await system.api.getProgress(id);
    const legend = await readLegend(page);
    return (
      counts.completed_count + counts.failed_count === 256 &&
      legend['completed'] === counts.completed_count &&
      legend['failed'] === counts.failed_count
    );
  }, WITHIN);
  await expectNoViolations(page);
  // It is seen without scrolling.
  expect((await page.getByRole('application').boundingBox())!.y).toBeLessThan(200);

  // A right click is the browser's: the page stays, and the next drag selects.
  await page.getByRole('application').locator('canvas').first().click({ button: 'right' });

  // The upper left quarter: rows 0 to 7, columns 0 to 7. The address of the page has it.
  const canvas = page.getByRole('application').locator('canvas').first();
  const size = (await canvas.boundingBox())!.width / 16;
  await canvas.hover({ position: { x: size / 2, y: size / 2 } });
  await page.mouse.down();
  await canvas.hover({ position: { x: 7.5 * size, y: 7.5 * size } });
  await page.mouse.up();
  await page.getByText(/^64 addresses selected, /).waitFor();
  await page.waitForURL(/[?&]select=127\.3\.0\.0\.\.127\.3\.0\.\d+(@|%40)\d+(&|$)/);
  await page.reload();
  await page.getByText(/^64 addresses selected, /).waitFor();
  await page.getByRole('button', { name: 'Clear selection' }).click();

  await page.getByLabel('Select', { exact: true }).fill('127.3.0.0/24');
  await page.getByLabel('Select', { exact: true }).press('Enter');
  const { counts } = await system.api.getProgress(id);
  expect(counts.failed_count).toBeGreaterThan(0);
  await page.getByText(`256 addresses selected, ${counts.failed_count} of them failed or timed out`).waitFor();
  await page.getByRole('button', { name: 'Retry selected' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`${counts.failed_count} subtasks that failed or timed out`).waitFor();
  await dialog.getByLabel('Reason').fill('the switch was down');
  const blocks = await open(`/tasks/${id}?per=256`);
  await eventually(async () => (await readLegend(blocks))['failed'] === counts.failed_count, WITHIN);
  // From here on by changes alone: no read is answered, unless the WebSocket of the page was lost meanwhile.
  for (const each of [page, blocks]) await refuseReads(each);
  await dialog.getByRole('button', { name: 'Retry selected' }).click();
  for (const each of [page, blocks]) {
    await eventually(async () => {
      const { completed = 0, failed } = await readLegend(each);
      return completed === 256 && failed === 0;
    }, WITHIN);
  }
  for (const each of [page, blocks]) await each.unrouteAll({ behavior: 'ignoreErrors' });
});

it('a click on an error code shows the subtasks that failed with it', async () => {
  nmap.install({ failures: 10 });
  const { task_id: id } = await system.api.createTask({
    task_target: '127.3.2.0/26',
    ports: '80',
    method: 'nmap',
    config: { max_retries: 0 },
  });
  const page = await open(`/tasks/${id}`);
  const code = page.getByRole('row', { name: / 10 100%$/ }).getByRole('link');
  await code.waitFor();
  const name = await code.textContent();
  await code.click();
  await page.waitForURL((url) => url.search === `?tab=subtasks&error_code=${name}`);
  await page
    .getByRole('status')
    .filter({ hasText: /^10 subtasks/ })
    .waitFor();
  const rows = await page.getByRole('region', { name: 'Subtasks' }).last().getByRole('listitem').allInnerTexts();
  expect(rows.map((row) => [/failed/.test(row), row.includes(name!)])).toEqual(Array(10).fill([true, true]));
});

it('the grid is used by keyboard: arrows name each address, Enter opens the subtask', async () => {
  const { task_id: id } = await system.api.createTask({ task_target: '127.3.1.0/28', ports: '80' });
  const page = await open(`/tasks/${id}?colour=attempts`);
  await page.getByRole('application', { name: '16 cells' }).focus();
  await page.keyboard.press('Home');
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight');
  await page.getByText(/^127\.3\.1\.5: /).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(new RegExp(`/tasks/${id}/subtasks/${id}-\\d+\\?colour=attempts$`));
  await page.getByRole('complementary', { name: '127.3.1.5' }).waitFor();
});

it('above a /16 a cell is a /24, and a click shows its addresses', async () => {
  const { task_id: id } = await system.api.createTask({
    task_target: '127.4.0.0/15',
    ports: '80',
    config: { pool: 'nobody' },
  });
  const page = await open(`/tasks/${id}`);
  await page.getByText('Each cell: 256 addresses (a /24)').waitFor();
  const grid = page.getByRole('application');
  const box = (await grid.locator('canvas').first().boundingBox())!;
  await grid
    .locator('canvas')
    .first()
    .click({ position: { x: box.width / 2 - 1, y: 1 } });
  await page.getByLabel('Select', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Whole task' }).click();
  await page.getByText('Each cell: 256 addresses (a /24)').waitFor();
});
