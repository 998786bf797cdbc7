import { eventually } from '@cyberstroll/testkit';
import { expectNoViolations } from '../expect-no-violations';
import { LONG, type PagesBed, WITHIN, waitUntilRead } from './bed';

/** The list of tasks, and a task that is not there. */
export function testTasks(toBed: () => PagesBed): void {
  it('filters are typed, taken away by Backspace, and kept under a name', async () => {
    const { system, browser } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/tasks' });
    const field = page.getByRole('combobox', { name: 'Filter', exact: true });
    const menu = page.getByLabel('Views, columns, files');
    await field.fill('status:paused nonsense:x');
    await field.press('Enter');
    await page.getByText('There is no filter "nonsense:".').waitFor();
    await page.waitForURL(/\/tasks\?status=PAUSED$/);
    expect(await field.inputValue()).toBe('nonsense:x');
    await menu.click();
    await page.getByLabel('Name for the present view').fill('mine');
    await page.getByRole('button', { name: 'Save' }).click();
    await field.fill('');
    await field.press('Backspace');
    await page.waitForURL(/\/tasks$/);
    await page.getByRole('link', { name: 'mine' }).click();
    await page.waitForURL(/\/tasks\?status=PAUSED$/);
    await page.getByRole('button', { name: 'Remove the filter status:paused' }).click();
    await page.waitForURL(/\/tasks$/);
  });

  it('of the tasks one row moves, and one is drawn; its columns are chosen, and are in the address', async () => {
    const { system, browser, longId } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/problems' });
    let say: (updates: object[]) => void = () => undefined;
    await page.routeWebSocket(/ws\/tasks\/progress/, (socket) => {
      say = (updates) => socket.send(JSON.stringify(updates));
      setInterval(() => socket.send('{"type":"alive"}'), 500).unref();
    });
    await page.goto(new URL('/tasks', system.stack.describe().dashboard_url).href);
    const row = page.getByRole('row').filter({ hasText: LONG });
    await row.getByRole('progressbar').waitFor();
    await waitUntilRead(page);
    // A row that is drawn has a new handler of clicks, which Preact keeps in the element.
    await page.evaluate(`{
      globalThis.readHandlers = () => [...document.querySelectorAll('.tasks tbody tr')].map((row) => row.__e.onClick);
      globalThis.before = readHandlers();
    }`);
    expect(await page.evaluate('before.every(Boolean) && before.length > 1')).toBe(true);
    const { status, counts } = await system.api.getProgress(longId);
    const moved = { ...counts, completed_count: 12, pending_count: 4 };
    const timestamp = new Date(Date.now() + 60_000).toISOString();
    say([
      { task_id: longId, status, counts: moved, progress: 75, seq: 1_000_000, timestamp, estimated_remaining: null },
    ]);
    await row.getByText('75 %').waitFor();
    expect(await page.evaluate('readHandlers().filter((handler) => !before.includes(handler)).length')).toBe(1);

    await page.getByLabel('Views, columns, files').click();
    await page.getByRole('group', { name: 'What each task shows' }).getByLabel('Pool').check();
    await page.waitForURL(/columns=status%2Cprogress%2Crate%2Cwhy%2Cpool%2Ccreated/);
    await row.getByRole('cell', { name: 'slow', exact: true }).waitFor();
    await expectNoViolations(page);
    // This browser has them again where an address names none.
    await page.goto(new URL('/tasks?pool=slow', system.stack.describe().dashboard_url).href);
    await page.waitForURL(/pool=slow&columns=/);
    await page.getByRole('columnheader', { name: 'Pool' }).waitFor();
    expect(await page.getByRole('row').count()).toBe(2);
    await page.getByRole('button', { name: 'Created' }).click();
    await page.waitForURL(/sort=oldest/);
  });

  it('what does not exist is asked for once; a task that is deleted while it is shown says so', async () => {
    const { system, browser } = toBed();
    const { task_id: id } = await system.api.createTask({ task_target: '127.6.1.0/31', config: { pool: 'nobody' } });
    const { page, faults } = await browser.openDashboard(system.stack.describe(), { path: `/tasks/${id}` });
    faults.allow(/ 404 /);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await system.api.command(id, 'cancel');
    expect((await system.api.call('DELETE', `/api/tasks/${id}`)).status).toBe(202);
    await page.getByText('It was deleted while you were looking at it.').waitFor();

    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('websocket', (socket) => asked.push(socket.url()));
    await page.clock.install();
    await page.goto(new URL('/tasks/undefined', system.stack.describe().dashboard_url).href);
    await page.getByText('It does not exist.').waitFor();
    const count = (pattern: RegExp) => asked.filter((url) => pattern.test(url)).length;
    const before = count(/\/api\/statistics/);
    // What the navigation shows is read again meanwhile.
    await page.clock.runFor(60_000);
    await eventually(async () => count(/\/api\/statistics/) > before, WITHIN);
    expect(count(/(api|ws)\/tasks\/undefined/)).toBe(1);
  });
}
