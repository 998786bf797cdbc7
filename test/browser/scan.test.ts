/** The paths of a person who scans: create a task, find tasks, command many of them. */
import { startTestStack, type TestStack } from '../e2e/test-stack';
import { createBrowser, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';

let system: TestStack;
let browser: TestBrowser;
beforeAll(async () => {
  // Scans of the pool `slow` last longer than the tests.
  const slow = { POOLS: 'slow', SCANNER: 'noop', SCAN_MS: '600000', CAPACITY: '8' };
  system = await startTestStack({ nodes: { 'node-a': {}, slow } });
  browser = await createBrowser();
}, 120_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
}, 60_000);

const open = async (path: string) => (await browser.openDashboard(system.stack.describe(), { path })).page;

it('a scan is created after its refused entry was named and corrected', async () => {
  const page = await open('/tasks/new');
  const targets = page.getByLabel('Targets');
  await targets.fill('127.0.0.0/28, 127.0.0.300');
  await page.getByRole('listitem').filter({ hasText: '127.0.0.300' }).getByText('(entry 2)').waitFor();
  await page.getByText('This task would not be created.').waitFor();
  expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).toBe(true);
  await expectNoViolations(page);
  await targets.fill('127.0.0.0/28');
  await page.getByLabel('Ports', { exact: true }).fill('80');
  await page.getByRole('button', { name: 'Create: scan 16 addresses' }).click();
  await page.waitForURL(/\/tasks\/[0-9a-f]{24}$/);
  expect(await system.api.getTask(page.url().slice(-24))).toMatchObject({
    ...{ task_target: '127.0.0.0/28', scan: { ports: '80' }, progress: { total_targets: 16 } },
  });
});

it('tasks are filtered by the address, and paused all at once after their number is said', async () => {
  const body = { task_initiator: '张三', scan: { ports: '80' }, config: { pool: 'slow' } };
  for (const [n, label] of ['夜间', '夜间', 'another'].entries()) {
    await system.api.call('POST', '/api/tasks', { ...body, labels: [label], task_target: `127.1.${n}.0/31` });
  }
  const page = await open('/tasks?label=夜间');
  const rows = page.getByRole('table').getByRole('row');
  await rows.filter({ hasText: 'running' }).nth(1).waitFor();
  expect(await rows.count()).toBe(3);
  await page.getByRole('button', { name: 'All that match' }).click();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Pause 2 tasks').waitFor();
  await dialog.getByLabel('Reason').fill('lunch');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('2 done, 0 unchanged, 0 refused, of 2.').waitFor();
  await rows.filter({ hasText: 'paused' }).filter({ hasText: 'lunch' }).nth(1).waitFor();
});
