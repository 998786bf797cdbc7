/** The paths of a person who scans: create a task, find tasks, command many of them, compare two, find open ports. */
import { eventually } from '@cyberstroll/testkit';
import { answerAsHttp, greetAsSsh, openListeners } from '../e2e/listeners';
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

/** A scan of 127.14.0.0/30 that has ended, while this is open. */
async function scan(...listening: Parameters<typeof openListeners>[0]): Promise<string> {
  const listeners = await openListeners(listening);
  const { task_id: id } = await system.api.createTask({ task_target: '127.14.0.0/30', ports: '2222,8080' });
  await eventually(async () => (await system.api.getTask(id)).status === 'COMPLETED', { timeoutMs: 30_000 });
  await listeners.close();
  return id;
}

it('two scans are compared: what opened and closed; then all hosts with a port open are found', async () => {
  const before = await scan({ address: '127.14.0.1', port: 2222, greet: greetAsSsh });
  const after = await scan({ address: '127.14.0.2', port: 8080, greet: answerAsHttp });
  const page = await open(`/tasks/${after}`);
  await page.getByRole('button', { name: 'Compare with …' }).click();
  const same = page.getByRole('dialog').getByRole('listitem').filter({ hasText: 'same targets' });
  await same.getByRole('link', { name: before }).click();
  await page.waitForURL(new RegExp(`/tasks/${before}/compare/${after}$`));
  const rows = page.getByRole('region', { name: 'Differences' }).getByRole('listitem');
  await page.getByText('2 differences listed. Hosts: 1 appeared, 1 gone, 0 changed.').waitFor();
  expect(await rows.allInnerTexts()).toEqual([
    expect.stringMatching(/^127\.14\.0\.1\s+gone\s+2222\/tcp\s+. closed\s+ssh SSH-2\.0-OpenSSH_9\.9 e2e/),
    expect.stringMatching(/^127\.14\.0\.2\s+appeared\s+8080\/tcp\s+. opened/),
  ]);
  await page.getByRole('checkbox', { name: 'opened 1' }).check();
  await page.getByText('1 difference listed.').waitFor();
  await page.reload();
  await page.getByText('1 difference listed.').waitFor();
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'Results', exact: true }).click();
  await page.getByRole('link', { name: '8080' }).click();
  await page.waitForURL(/\/results\?port=8080$/);
  await page.getByRole('rowheader', { name: '127.14.0.2' }).waitFor();
  expect(await page.getByRole('rowheader', { name: '127.14.0.1' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'CSV' }).getAttribute('href')).toBe('/api/results?port=8080&format=csv');
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
