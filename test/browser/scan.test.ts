/** The paths of a person who scans: create, find, command and compare tasks, find open ports, read a long list. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DAYS } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import type { Page } from 'playwright-core';
import { startLightStack } from '../e2e/light-stack';
import { answerAsHttp, greetAsSsh, openListeners } from '../e2e/listeners';
import { ROOT, type TestStack } from '../e2e/test-stack';
import { createBrowser, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';

let system: TestStack;
let browser: TestBrowser;
beforeAll(async () => {
  // Scans of the pool `slow` last longer than the tests.
  const slow = { POOLS: 'slow', SCANNER: 'noop', SCAN_MS: '600000', CAPACITY: '32' };
  system = await startLightStack({ nodes: { 'node-a': { BANNER_TIMEOUT_MS: '30000' }, slow } });
  browser = await createBrowser();
});
afterEach(() => browser?.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

const open = async (path: string) => (await browser.openDashboard(system.stack.describe(), { path })).page;

/** A task whose scans last longer than the tests, once it runs. */
async function createSlow(task_target: string): Promise<string> {
  const { task_id } = await system.api.createTask({ task_target, config: { pool: 'slow' } });
  await eventually(async () => (await system.api.getTask(task_id)).status === 'RUNNING');
  return task_id;
}

/** Has the task's page do something, once its dialog has said `does`. */
async function command(page: Page, name: string, does: RegExp, reason?: string): Promise<void> {
  // Of a list with a panel beside it: the panel's.
  await page.getByRole('button', { name, exact: true }).last().click();
  const dialog = page.getByRole('dialog', { name });
  await dialog.getByText(does).waitFor();
  if (reason !== undefined) await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

/** What the task's timeline says of a change of its status, the newest first. */
const timeline = (page: Page, state: string) =>
  page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').filter({ hasText: state }).first();

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
  // All of Monday, by the keyboard, and Tuesday to Sunday by a drag: any time is within.
  await page.getByRole('gridcell', { name: 'Mon 00:00–01:00' }).focus();
  for (let hour = 0; hour < 24; hour++) {
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowRight');
  }
  await page
    .getByRole('gridcell', { name: 'Tue 00:00–01:00' })
    .dragTo(page.getByRole('gridcell', { name: 'Sun 23:00–00:00' }));
  await page.getByText(/^Begins at once/).waitFor();
  await page.getByRole('button', { name: 'Create: scan 16 addresses' }).click();
  await page.waitForURL(/\/tasks\/[0-9a-f]{24}$/);
  expect(await system.api.getTask(page.url().slice(-24))).toMatchObject({
    task_target: '127.0.0.0/28',
    scan: { ports: '80' },
    config: { windows: [{ days: DAYS, from: '00:00', to: '00:00' }] },
    progress: { total_targets: 16 },
  });
});

/** A scan of 127.14.0.0/30 that has ended, while this is open. */
async function scan(...listening: Parameters<typeof openListeners>[0]): Promise<string> {
  const listeners = await openListeners(listening);
  const { task_id: id } = await system.api.createTask({ task_target: '127.14.0.0/30', ports: '2222,8080' });
  await eventually(async () => (await system.api.getTask(id)).status === 'COMPLETED');
  await listeners.close();
  return id;
}

it('two scans are compared: what opened and closed; then all hosts with a port open are found', async () => {
  const before = await scan({ address: '127.14.0.1', port: 2222, greet: greetAsSsh });
  const after = await scan({ address: '127.14.0.2', port: 8080, greet: answerAsHttp });
  const page = await open(`/tasks/${after}`);
  await page.getByRole('button', { name: 'Compare' }).click();
  await page.waitForURL(new RegExp(`/tasks/${before}/compare/${after}$`));
  const rows = page.getByRole('region', { name: 'Differences' }).getByRole('listitem');
  await page.getByText('2 differences listed. Hosts: 1 appeared, 1 gone, 0 changed.').waitFor();
  expect(await rows.allInnerTexts()).toEqual([
    expect.stringMatching(/^127\.14\.0\.2\s+appeared\s+8080\/tcp\s+. opened/),
    expect.stringMatching(/^127\.14\.0\.1\s+gone\s+2222\/tcp\s+. closed\s+ssh SSH-2\.0-OpenSSH_9\.9 e2e/),
  ]);
  await page.getByRole('checkbox', { name: 'opened 1' }).check();
  await page.getByText('1 difference listed.').waitFor();
  await page.reload();
  await page.getByText('1 difference listed.').waitFor();
  await expectNoViolations(page);

  await page.getByRole('link', { name: 'Findings', exact: true }).click();
  // Its place is kept.
  const clear = page.getByText('Clear filters');
  expect([await clear.isVisible(), (await clear.boundingBox())!.height > 0]).toEqual([false, true]);
  const port = page.getByRole('navigation', { name: 'Ports' }).getByRole('link', { name: /^8080 / });
  await port.click();
  await page.waitForURL(/\/findings\?port=8080$/);
  await page.getByText('1 result on 1 distinct host').waitFor();
  await page.getByRole('rowheader', { name: '127.14.0.2' }).waitFor();
  expect(await page.getByRole('rowheader', { name: '127.14.0.1' }).count()).toBe(0);
  await page.getByText('Export', { exact: true }).click();
  const csv = page.getByRole('link', { name: 'CSV' });
  expect(await csv.getAttribute('href')).toBe('/api/results?port=8080&format=csv');
  const [file] = await Promise.all([page.waitForEvent('download'), csv.click()]);
  expect(file.suggestedFilename()).toMatch(/^results-port8080-\d{4}-\d\d-\d\dT\d{4}Z\.csv$/);
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
  await page.getByRole('checkbox', { name: 'Select this page' }).check();
  await page.getByRole('button', { name: 'All that match' }).click();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Pause 2 tasks').waitFor();
  await dialog.getByLabel('Reason').fill('lunch');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('2 of 2 done, 0 unchanged, 0 refused.').waitFor();
  await rows.filter({ hasText: 'paused' }).filter({ hasText: 'lunch' }).nth(1).waitFor();
});

it('Back undoes a filter and returns to where the reader was; the tab names the task', async () => {
  const name = 'the scan that Back returns from';
  const { body } = await system.api.call('POST', '/api/tasks', {
    name,
    labels: ['back'],
    task_initiator: 'test',
    task_target: '127.1.9.0/31',
    scan: { ports: '80' },
    config: { pool: 'slow' },
  });
  const page = await open('/tasks?label=back');
  await page.getByRole('link', { name }).waitFor();
  await page.locator('summary').filter({ hasText: 'Filter' }).click();
  await page.getByLabel('cancelled').check();
  await page.waitForURL(/status=CANCELLED/);
  await page.keyboard.press('Escape');
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes('status'));
  await page.setViewportSize({ width: 1_440, height: 120 });
  await page.getByRole('link', { name }).scrollIntoViewIfNeeded();
  // A click may scroll further first.
  await page.evaluate(`addEventListener('click', () => (globalThis.leftAt = scrollY), { capture: true })`);
  await page.getByRole('link', { name }).click();
  const before = await page.evaluate<number>('leftAt');
  expect(before).toBeGreaterThan(0);
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await eventually(async () => expect(await page.title()).toBe(`${name} · CyberStroll`));
  expect(await page.evaluate<string>('document.activeElement.id')).toBe('content');
  await page.evaluate(`{
    globalThis.reached = 0;
    addEventListener('scroll', () => (globalThis.reached = Math.max(reached, scrollY)));
  }`);
  await page.goBack();
  await page.getByRole('link', { name }).waitFor();
  // Another row may become shorter meanwhile or afterwards, and the page with it.
  await eventually(async () => {
    const [at, most] = await page.evaluate<[number, number]>('[reached, document.body.scrollHeight - innerHeight]');
    expect(at).toBeGreaterThanOrEqual(Math.floor(Math.min(before, most)));
  });
  await system.api.call('POST', `/api/tasks/${body['task_id']}/cancel`, {});
});

it('a phone has a menu, a row is 32 px high, and a wide screen has the list beside the task', async () => {
  const { task_id } = await system.api.createTask({ task_target: '127.1.10.0/31' });
  await eventually(async () => (await system.api.getTask(task_id)).status === 'COMPLETED');
  const page = await open('/tasks?status=COMPLETED');
  const row = page.getByRole('row').nth(1);
  await row.waitFor();
  await eventually(async () => expect((await row.boundingBox())!.height).toBeLessThanOrEqual(33));
  await page.setViewportSize({ width: 2_560, height: 1_440 });
  await row.getByRole('link').click();
  const list = page.getByRole('navigation', { name: 'The list of tasks' });
  await list.locator('[aria-current=page]').waitFor();
  await page.getByRole('heading', { level: 1, name: '127.1.10.0/31' }).waitFor();
  expect(await list.getByRole('link', { name: 'The whole list' }).getAttribute('href')).toBe('/tasks?status=COMPLETED');
  await page.setViewportSize({ width: 390, height: 844 });
  await list.waitFor({ state: 'detached' });
  const menu = page.getByRole('navigation', { name: 'Main' });
  await menu.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Menu' }).click();
  await menu.getByRole('link', { name: 'Fleet' }).click();
  await page.getByRole('heading', { level: 1, name: 'Nodes' }).waitFor();
  await menu.waitFor({ state: 'hidden' });
});

it('a schedule says when it runs before it is saved; a run that is asked for makes a task', async () => {
  const { page, faults } = await browser.openDashboard(system.stack.describe(), { path: '/plan/schedules' });
  // The cron line that is wrong.
  faults.allow(/ 422 /);
  await page.getByRole('link', { name: 'New schedule' }).click();
  await page.getByLabel('Name').fill('nightly');
  await page.getByLabel('Targets').fill('127.1.8.0/31');
  await page.getByLabel('Cron line').fill('61 2 * * *');
  await page.locator('.fault').getByText(/61/).waitFor();
  await page.getByLabel('Cron line').fill('30 2 * * *');
  await page.getByText(/^Begins .*02:30/).waitFor();
  await expectNoViolations(page);
  await page.getByRole('button', { name: 'Create the schedule' }).click();
  await page.getByRole('heading', { level: 2, name: 'nightly' }).waitFor();
  expect(await page.getByRole('main').getByRole('listitem').count()).toBe(10);
  await page.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('link', { name: 'task created' }).waitFor();
  await expectNoViolations(page);
  await page.getByRole('link', { name: 'task created' }).click();
  await page.getByText('127.1.8.0/31').first().waitFor();
});

it('a limit shows its use, and a task that waits for it leads to it; it is changed and removed', async () => {
  const page = await open('/plan/limits');
  await page.getByText('cyberstroll limit add').waitFor();
  await page.getByRole('button', { name: 'New limit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Which', { exact: true }).fill('127.9.0.0/24');
  await dialog.getByLabel('Addresses under scan at once').fill('1');
  await dialog.getByLabel('Reason').fill('an old firewall');
  await dialog.getByRole('button', { name: 'New limit' }).click();
  const row = page.getByRole('row').filter({ hasText: 'network 127.9.0.0/24' }).filter({ hasText: 'an old firewall' });
  await row.waitFor();
  const created = await createUntilLimited('127.9.0.8');
  await row.getByText(/^\d+ \/ 1$/).waitFor();
  await expectNoViolations(page);

  // The number of tasks; the other link leads to the one that has most of the room.
  await row.getByRole('link', { name: /^\d+$/ }).click();
  // The newest one.
  await page.getByRole('link', { name: '127.9.0.8' }).first().click();
  await page.getByRole('link', { name: /allows 1 at once/ }).click();
  await page.waitForURL(/\/limits\?limit_id=[0-9a-f]{24}$/);
  await row.getByRole('button', { name: 'Change' }).click();
  await dialog.getByLabel('Addresses under scan at once').fill('9');
  await dialog.getByLabel('In each prefix').fill('3');
  await dialog.getByRole('button', { name: 'Change' }).click();
  await row.getByText(/^\d+ \/ 9$/).waitFor();
  await row.getByText('at most 3 in each /24 and /64').waitFor();
  await command(page, 'Delete', /without it/);
  await page.getByText('There is no such limit.').waitFor();
  for (const id of created) await system.api.command(id, 'cancel');
});

/** The dispatcher knows a new limit within a second. What waits for it this long, in milliseconds, does not begin. */
const KNOWN_MS = 3_000;

/** Creates tasks until one waits for a limit: what is sent before the dispatcher knows the limit still starts. */
async function createUntilLimited(task_target: string): Promise<string[]> {
  const created: string[] = [];
  let isTaken = true;
  let limitedAt = Number.POSITIVE_INFINITY;
  await eventually(async () => {
    if (isTaken) created.push((await system.api.createTask({ task_target, config: { pool: 'slow' } })).task_id);
    const task = await system.api.get<{ status: string; waiting_reason?: { code: string } }>(
      `/api/tasks/${created.at(-1)}`,
    );
    isTaken = task.status === 'RUNNING';
    limitedAt =
      task.waiting_reason?.code === 'limit' ? Math.min(limitedAt, performance.now()) : Number.POSITIVE_INFINITY;
    expect(performance.now() - limitedAt).toBeGreaterThan(KNOWN_MS);
  });
  return created;
}

it('what an exclusion has cancelled is scanned by a task of just that, once it is lifted', async () => {
  const id = await createSlow('127.10.0.0/30');
  const page = await open('/plan/exclusions');
  await page.getByRole('button', { name: 'New exclusion' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address or network').fill('127.10.0.1');
  await dialog.getByLabel('Reason').fill('a heart monitor');
  await dialog.getByRole('button', { name: 'New exclusion' }).click();
  await page.getByRole('link', { name: '127.10.0.1' }).click();
  await page
    .getByRole('row')
    .filter({ hasText: '127.10.0.0/30' })
    .getByRole('cell', { name: '1', exact: true })
    .waitFor();
  expect(await page.getByRole('link', { name: 'Scan just these' }).count()).toBe(0);
  await command(page, 'Lift', /127\.10\.0\.1 again/, 'it was replaced');
  await page.getByText('Lifted by local').waitFor();
  await expectNoViolations(page);
  await page.getByRole('link', { name: 'Scan just these' }).click();
  await page.getByRole('button', { name: 'Create: scan 1 address' }).click();
  await page.waitForURL(/\/tasks\/[0-9a-f]{24}$/);
  const again = page.url().slice(-24);
  expect(await system.api.getTask(again)).toMatchObject({ from_task: id, task_target: '127.10.0.1' });
  for (const each of [id, again]) await system.api.command(each, 'cancel');
});

it('the calendar shows a blackout in its week, in the chosen zone, until it is lifted', async () => {
  const page = await open('/plan/freezes');
  await page.getByRole('button', { name: 'New freeze' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Which', { exact: true }).fill('127.11.0.0/16');
  await dialog.getByLabel('From').fill('2099-01-07T10:00');
  await dialog.getByLabel('Until').fill('2099-01-07T12:30');
  await dialog.getByLabel('Reason').fill('the firewall is changed');
  await dialog.getByRole('button', { name: 'New freeze' }).click();
  const row = page.getByRole('row').filter({ hasText: 'the firewall is changed' });
  await row.waitFor();
  const week = '/plan?week=2099-01-05&zone=Asia/Tokyo';
  await page.goto(new URL(week, page.url()).href);
  const read = (local: string) =>
    new Date(local).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Asia/Tokyo' });
  const times = `${read('2099-01-07T10:00')}–${read('2099-01-07T12:30')}`;
  const day = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Wed, Jan 7' }) });
  await day
    .getByRole('listitem')
    .filter({ hasText: `${times} Blackout: network 127.11.0.0/16` })
    .waitFor();
  await day.getByRole('link', { name: /Blackout/ }).click();
  await row.getByRole('button', { name: 'Lift' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
  await row.waitFor({ state: 'detached' });
  const freezes = page.waitForResponse(/\/api\/freezes/);
  await page.goBack();
  await freezes;
  await page.getByText('Blackout').waitFor({ state: 'detached' });
});

it('the calendar shows planned runs in the chosen zone, until the schedule is paused', async () => {
  const template = { task_target: '127.11.0.1', task_initiator: 'alice', scan: { ports: '80' } };
  const times = { cron: '30 2 * * 3', time_zone: 'Asia/Tokyo', start: '2099-01-01T00:00:00Z' };
  const { status, body } = await system.api.call('POST', '/api/schedules', { name: 'weekly', template, ...times });
  expect(status).toBe(201);
  const page = await open('/plan?week=2099-01-05&zone=Europe/Berlin');
  const day = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Tue, Jan 6' }) });
  const run = day.getByRole('listitem').filter({ hasText: '18:30 Schedule weekly' });
  await run.waitFor();
  expect(await page.getByRole('listitem').filter({ hasText: 'Schedule weekly' }).count()).toBe(2);
  await system.api.call('POST', `/api/schedules/${body['schedule_id']}/pause`, {});
  const listed = page.waitForResponse(/planned_from/);
  await page.reload();
  await listed;
  await run.waitFor({ state: 'detached' });
  await system.api.call('DELETE', `/api/schedules/${body['schedule_id']}`);
});

it('a blackout whose answers are lost is one, however often it is sent', async () => {
  const { page, faults } = await browser.openDashboard(system.stack.describe(), { path: '/plan/freezes' });
  faults.allow(/ERR_FAILED/);
  const keys: (string | undefined)[] = [];
  let isLost = true;
  await page.route('**/api/freezes', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    keys.push(route.request().headers()['idempotency-key']);
    const response = await route.fetch();
    return isLost ? route.abort() : route.fulfill({ response });
  });
  await page.getByRole('button', { name: 'New freeze' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Which', { exact: true }).fill('127.12.0.0/16');
  await dialog.getByLabel('From').fill('2099-01-07T10:00');
  await dialog.getByLabel('Until').fill('2099-01-07T12:30');
  await dialog.getByLabel('Reason').fill('the switch is changed');
  const save = dialog.getByRole('button', { name: 'New freeze' });
  await save.click();
  await dialog
    .getByRole('alert')
    .getByText(/may have been done/)
    .waitFor();
  // The first one of the list: the dialog stays when the page reads it.
  await page.locator('tbody tr', { hasText: '127.12.0.0/16' }).waitFor();
  isLost = false;
  await save.click();
  await dialog.waitFor({ state: 'detached' });
  const { items } = await system.api.get<{ items: { freeze_id: string; reason: string }[] }>('/api/freezes');
  const made = items.filter(({ reason }) => reason === 'the switch is changed');
  expect([made.length, new Set(keys).size]).toEqual([1, 1]);
  expect(keys.length).toBeGreaterThan(1);
  await system.api.call('DELETE', `/api/freezes/${made[0]!.freeze_id}`);
});

it('a task is paused and resumed: who did it and why stand in its timeline', async () => {
  const page = await open(`/tasks/${await createSlow('127.8.0.0/30')}`);
  await command(page, 'Pause', /4 subtasks wait/, 'the firewall is changed');
  await timeline(page, 'paused').getByText('by local: the firewall is changed').waitFor();
  await command(page, 'Resume', /4 open subtasks/, 'the firewall is done');
  await timeline(page, 'running').getByText('by local: the firewall is done').waitFor();
});

it('a task gets another priority, is cancelled after it was asked for, and then deleted', async () => {
  const id = await createSlow('127.8.1.0/30');
  const page = await open(`/tasks/${id}`);
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByLabel('Priority').fill('9');
  await page.getByRole('dialog').getByRole('button', { name: 'Change' }).click();
  await page.getByText('priority 9', { exact: true }).waitFor();
  expect((await system.api.getTask(id)).config.priority).toBe(9);

  await page.getByRole('button', { name: 'Cancel task' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Back' }).click();
  expect((await system.api.getTask(id)).status).toBe('RUNNING');
  await command(page, 'Cancel task', /4 open subtasks are not scanned/, 'the wrong network');
  await timeline(page, 'cancelled').getByText('by local: the wrong network').waitFor();

  await command(page, 'Delete', /results of its 4 addresses/);
  await page.waitForURL(/\/tasks$/);
  await eventually(async () => (await system.api.call('GET', `/api/tasks/${id}`)).status === 404);
});

it('what a button would do is copied for a shell, as curl and as CLI, and does the same there', async () => {
  const id = await createSlow('127.8.2.0/30');
  const page = await open(`/tasks/${id}`);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const copy = async (name: string, reason: string, form: string) => {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill(reason);
    await page.evaluate("navigator.clipboard.writeText('')");
    await page.getByRole('button', { name: `Copy as ${form}` }).click();
    const text = await eventually(() => page.evaluate<string>('navigator.clipboard.readText()'));
    await page.keyboard.press('Escape');
    return text;
  };
  await runInShell(await copy('Pause', "the shell's turn", 'curl'));
  await timeline(page, 'paused').getByText("by local: the shell's turn").waitFor();
  await runInShell(await copy('Resume', "the shell's turn is over", 'CLI'));
  await timeline(page, 'running').getByText("by local: the shell's turn is over").waitFor();
});

/** As a person does who has put in the key, and has `cyberstroll` in the path. */
async function runInShell(text: string): Promise<void> {
  const { api_key, api_url } = system.stack.describe();
  const env = { ...process.env, API_KEY: api_key, CYBERSTROLL_API_KEY: api_key, CYBERSTROLL_URL: api_url };
  const program = `cyberstroll() { '${process.execPath}' '${join(ROOT, 'packages/clients/cli/bin/cyberstroll.js')}' "$@"; }`;
  await promisify(execFile)('sh', ['-ec', `${program}\n${text}`], { env });
}

it('the last of half a million subtasks is a key away, and only some dozens are in the page', async () => {
  const { task_id: id } = await system.api.createTask({
    task_target: '127.16.0.0/13',
    config: { pool: 'nobody', order: 'sequential' },
  });
  const page = await open(`/tasks/${id}?tab=subtasks`);
  const list = page.getByRole('region', { name: 'Subtasks' }).last();
  await list.getByText('127.16.0.0', { exact: true }).waitFor();
  await list.focus();
  await page.keyboard.press('End');
  const last = list.getByRole('listitem').last();
  await last.getByText('127.23.255.255', { exact: true }).waitFor();
  await eventually(async () => {
    const [box, row] = await Promise.all([list.boundingBox(), last.boundingBox()]);
    expect(row!.y + row!.height).toBeLessThanOrEqual(box!.y + box!.height);
  });
  expect(await last.getAttribute('aria-posinset')).toBe(String(2 ** 19));
  expect(await list.getByRole('listitem').count()).toBeLessThan(100);
});
