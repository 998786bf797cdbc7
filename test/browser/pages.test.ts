/** Every page in both themes and languages; what admins and operators do about alerts and dead letters; a viewer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXCHANGES, type ExchangeName, QUEUES, toSubTaskId } from '@cyberstroll/contracts';
import { findFreePort } from '@cyberstroll/local';
import { createTestStore, eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import type { Page } from 'playwright-core';
import { greetAsSsh, openListeners } from '../e2e/listeners';
import { startTestStack, type TestStack } from '../e2e/test-stack';
import { createBrowser, roleApiKeys, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';

/** What the build wrote. */
const DASHBOARD = join(__dirname, '../../packages/clients/dashboard/dist');
const WITHIN = { timeoutMs: 120_000, intervalMs: 200 };
/** What a scanned host may send to harm whoever reads it: a script, a change of the direction, marks in a heap. */
const HOSTILE = `<script>document.title='taken'</script><img src=x onerror=alert(1)>\u202Egnp.exe${'\u0301'.repeat(5_000)}`;
/** A word that no line has room for. */
const LONG = 'W'.repeat(100);
let system: TestStack;
let browser: TestBrowser;
let taskId: string;
/** A paused task whose name, labels, initiator and reason are long words. */
let longId: string;
/** Its reason is a long word. */
let exclusionId: string;
let deadLetterId: string;
let alertId: string;
let listeners: Awaited<ReturnType<typeof openListeners>>;
beforeAll(async () => {
  // Scans of the pool `slow` last longer than the tests.
  const slow = { POOLS: 'slow', SCANNER: 'noop', SCAN_MS: '600000' };
  system = await startTestStack({ nodes: { 'node-a': {}, slow }, environment: { API_KEYS: roleApiKeys } });
  browser = await createBrowser();
  // More ports than the box of a host's services has lines.
  const open = await Promise.all(Array.from({ length: 6 }, findFreePort));
  listeners = await openListeners(open.map((port) => ({ address: '127.5.0.1', port, greet: greetAsSsh })));
  taskId = (await system.api.createTask({ task_target: '127.5.0.0/28', ports: `80,${open}` })).task_id;
  longId = await createLongTask();
  exclusionId = await createLongRules();
  await publishBadUpdate();
  deadLetterId = await findFirst('/api/dead-letters', 'dead_letter_id');
  alertId = await findFirst('/api/alerts', 'alert_id');
});
afterEach(() => browser?.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
  await listeners?.close();
});

async function createLongTask(): Promise<string> {
  const { body } = await system.api.call('POST', '/api/tasks', {
    task_target: '127.5.1.0/28',
    scan: { ports: '80' },
    config: { pool: 'slow' },
    name: LONG,
    task_initiator: LONG,
    labels: [LONG],
  });
  const id = String(body['task_id']);
  await eventually(async () => (await system.api.getTask(id)).status === 'RUNNING', WITHIN);
  const paused = await system.api.call('POST', `/api/tasks/${id}/pause`, { reason: LONG + LONG });
  expect(paused.status).toBe(200);
  return id;
}

/** A limit, an exclusion and a blackout, which touch no task of these tests. Answers with the exclusion's id. */
async function createLongRules(): Promise<string> {
  const reason = LONG + LONG;
  const covers = { label: `${LONG.slice(1)}w` };
  const blackout = { covers, reason, from: '2099-12-29T20:00:00Z', until: '2099-12-31T04:00:00Z' };
  await system.api.call('POST', '/api/limits', {
    covers,
    max_concurrent: 1_000_000,
    max_starts_per_second: 0.01,
    reason,
  });
  await system.api.call('POST', '/api/freezes', blackout);
  const { status, body } = await system.api.call('POST', '/api/exclusions', { target: '127.99.0.0/16', reason });
  expect(status).toBe(201);
  return String(body['exclusion_id']);
}

const findAll = async (path: string) => (await system.api.get<{ items: Record<string, unknown>[] }>(path)).items;

const findFirst = async (path: string, id: string) =>
  String((await eventually(async () => (await findAll(path))[0] ?? null, WITHIN))[id]);

const waitUntilRead = (page: Page) =>
  eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, WITHIN);

async function publish(exchange: ExchangeName, sender: object, update: object): Promise<void> {
  const connection = await connect(system.stack.describe().rabbitmq_url);
  const channel = await connection.createConfirmChannel();
  const envelope = { ...sender, sent_time: new Date().toISOString(), updates: [update] };
  channel.publish(exchange, QUEUES.stateUpdates.routingKey, Buffer.from(JSON.stringify(envelope)));
  await channel.waitForConfirms();
  await connection.close();
}

/** An update whose status is no status. */
const publishBadUpdate = () =>
  publish(
    EXCHANGES.state.name,
    { node_id: 'node-z', instance_id: 'z' },
    { task_id: taskId, subtask_id: `${taskId}-0`, attempt: 1, lease_id: 'a', status: HOSTILE },
  );

/** What is wider than the page; but for a phone, also tables that do not fit. */
const measureOverflow = (page: Page) =>
  page.evaluate<string[]>(`{
    const width = document.documentElement.clientWidth;
    const isTooWide = document.documentElement.scrollWidth > width;
    const isBeyond = (element) => element.getBoundingClientRect().right > width && !element.closest('.table-box');
    const beyond = [...document.querySelectorAll('body *')].filter(isBeyond).map((element) => element.outerHTML);
    const tables = [...document.querySelectorAll('.table-box')].filter((box) => box.scrollWidth > box.clientWidth);
    const wide = [...(isTooWide ? beyond.slice(-5) : []), ...(width > 800 ? tables.map((box) => box.outerHTML) : [])];
    wide.map((html) => html.slice(0, 200));
  }`);

/** Labels of what needs attention that stand over its text. */
const measureOverlaps = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('.needs li')].filter((row) => {
    const [label, text] = [...row.children].map((element) => element.getBoundingClientRect());
    return label.right > text.left;
  }).map((row) => row.textContent)`);

/** The pages that need no id in their path, as the build lists them. */
const WITHOUT_PARAMETERS = (JSON.parse(readFileSync(join(DASHBOARD, 'pages.json'), 'utf8')) as string[]).filter(
  (path) => path !== '/login' && !path.includes('{'),
);

/** Every page, with what has to be read on it. */
const toPaths = () => {
  const task = `/tasks/${taskId}`;
  return [
    ...WITHOUT_PARAMETERS,
    '/?tv=1',
    task,
    ...['subtasks', 'nodes', 'results', 'config'].map((tab) => `${task}?tab=${tab}`),
    `${task}/compare/${taskId}`,
    `/tasks/${longId}`,
    `/tasks/${longId}?tab=events`,
    `${task}/subtasks/${taskId}-0`,
    '/calendar?week=2099-12-28',
    `/exclusions/${exclusionId}`,
    '/nodes?view=table',
    '/nodes/node-a',
    '/hosts/127.5.0.1',
    `/dead-letters/${deadLetterId}`,
    `/alerts/${alertId}`,
  ];
};

/** As a reader does who takes the other language and has the other theme, while the page is open. */
async function change(page: Page, theme: 'light' | 'dark', language: 'en' | 'zh'): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  const html = page.locator('html');
  await eventually(async () => expect(await html.getAttribute('data-theme')).toBe(theme), WITHIN);
  const languages = page.locator('select').filter({ hasText: '简体中文' });
  // A screen on the wall keeps the language that it has.
  if ((await languages.count()) === 0) return;
  await languages.selectOption(language);
  await eventually(async () => expect(await html.getAttribute('lang')).toMatch(language), WITHIN);
}

/** Each page is loaded once, and is read in both themes and languages. */
async function expectNoFaultOn(paths: readonly string[]): Promise<void> {
  const { page } = await browser.openDashboard(system.stack.describe());
  const expectToFit = async (path: string, width: number) => {
    await page.setViewportSize({ width, height: 900 });
    await eventually(async () => expect([path, width, await measureOverflow(page)]).toEqual([path, width, []]));
    expect([path, width, await measureOverlaps(page)]).toEqual([path, width, []]);
  };
  for (const path of paths) {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(new URL(path, system.stack.describe().dashboard_url).href);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await waitUntilRead(page);
    // A box that scrolls since the last width is reached by Tab with the next frame.
    const expectNone = () => eventually(() => expectNoViolations(page), WITHIN);
    await change(page, 'light', 'en');
    // A phone, a screen on the wall, a notebook; on a phone the menu is closed, which has the languages.
    for (const width of [390, 2560, 1440]) await expectToFit(path, width);
    await expectNone();
    await change(page, 'dark', 'zh');
    for (const width of [1440, 390]) await expectToFit(path, width);
    await expectNone();
  }
}

it('axe-core finds nothing on any page, and long words leave none, light in English and dark in Chinese', async () => {
  const paths = toPaths();
  // At once, since it takes the browser's time alone.
  await Promise.all([0, 1].map((half) => expectNoFaultOn(paths.filter((_, i) => i % 2 === half))));
}, 900_000);

it('nothing that services say stays English for a reader of Chinese, and a port out of range says so at its field', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { language: 'zh', path: `/tasks/${taskId}` });
  const shows = (text: string | RegExp) => page.getByText(text).first().waitFor();
  await shows('分发器已接手');
  await shows('已有节点领取其中第一个');
  const open = (path: string) => page.goto(new URL(path, system.stack.describe().dashboard_url).href);
  await open('/audit');
  await shows('创建任务');
  await open('/dead-letters?open=bad_field');
  await page.getByRole('button', { name: '字段无效' }).waitFor();
  await shows(/updates\.0\.status：必须是以下之一/);
  await open('/alerts');
  await shows(/条等待处理：/);
  await open('/results');
  await page.getByRole('spinbutton', { name: '端口' }).fill('99999');
  await page.keyboard.press('Enter');
  await shows('必须在 1 到 65,535 之间。');
  expect(new URL(page.url()).search).toBe('');
});

it('an alert is acknowledged with a reason, beside its runbook', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'operator' });
  await page
    .getByRole('region', { name: 'Needs attention' })
    .getByRole('link', { name: /dead letter/ })
    .first()
    .click();
  await page.getByRole('heading', { name: 'What to do' }).waitFor();
  await page.locator('.runbook').waitFor();
  await page.getByText('1 waiting for a decision: 1 bad_field').first().waitFor();
  const link = page.getByRole('link', { name: 'the dead letters that wait' });
  expect(await link.getAttribute('href')).toBe('/dead-letters?state=waiting');
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByLabel('Reason').fill('I look at it');
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('cell', { name: 'I look at it' }).waitFor();
});

it('a rule is silenced for some hours: its alerts say so and need nobody, until the silence is ended', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'operator', path: '/alerts' });
  const group = page.getByRole('region', { name: 'dead letter', exact: true });
  await group.getByRole('button', { name: 'Silence the rule' }).click();
  await page.getByLabel('Hours').fill('2');
  await page.getByLabel('Reason').fill('a test of strangers');
  await page.getByRole('dialog').getByRole('button', { name: 'Silence the rule' }).click();
  await group.getByText('1 silenced').waitFor();
  await group.getByText('a test of strangers').waitFor();
  expect(await findAll('/api/alerts?state=firing&silenced=false&rule=dead_letter')).toEqual([]);
  await page.getByRole('region', { name: 'Silences' }).getByRole('button', { name: 'End' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End' }).click();
  await group.getByText('1 silenced').waitFor({ state: 'detached' });
});

/** Notes each notification that the page gives to the browser. One without a screen shows none, and says nothing. */
const NOTE_NOTIFICATIONS = `{
  globalThis.sent = [];
  globalThis.Notification = class extends Notification {
    constructor(title, options) {
      super(title, options);
      sent.push(this);
    }
  };
}`;
const readSent = (page: Page) => page.evaluate<string[]>("sent.map(({ title, body }) => title + ': ' + body)");

it('notifies once of a rule that begins to fire, by one tab of several, and a click opens the alert', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/alerts' });
  const store = createTestStore(system.stack.describe());
  await store.start();
  const raise = (rule: 'zombie' | 'node_id_shared', subject: string) =>
    store.alerts.raise({ rule, subject, summary: `of ${subject}` }, 'test', new Date());
  const notify = page.getByLabel('Notify me in this browser');
  // A click in the browser's way: nobody asks before it.
  await notify.click();
  await page.getByText('The browser denies it.').waitFor();
  expect(await notify.isChecked()).toBe(false);

  const context = page.context();
  await context.grantPermissions(['notifications']);
  await context.addInitScript(NOTE_NOTIFICATIONS);
  const other = await context.newPage();
  const tabs = [page, other];
  const isRead = (of: { url(): string }) => of.url().includes('silenced=false');
  const reads = new Map(tabs.map((tab) => [tab, [] as string[]]));
  for (const tab of tabs) tab.on('request', (request) => isRead(request) && reads.get(tab)!.push(request.url()));
  for (const tab of tabs) await tab.goto(page.url());
  await notify.check();
  await page.getByText(/^Once for each rule that begins to fire/).waitFor();
  await eventually(() => page.evaluate<boolean>("Boolean(localStorage['cyberstroll.notified'])"), WITHIN);
  await raise('zombie', 'node-x');
  const sent = () => Promise.all(tabs.map(readSent));
  await eventually(async () => expect((await sent()).flat()).toEqual(['lost claims: of node-x']), WITHIN);
  // Whichever took the lock.
  const [reader, waiting] = (await readSent(page)).length > 0 ? [page, other] : [other, page];
  await raise('zombie', 'node-y');
  const readsBefore = reads.get(reader)!.length;
  await eventually(() => expect(reads.get(reader)!.length).toBeGreaterThan(readsBefore + 1), WITHIN);
  expect([(await sent()).flat().length, reads.get(waiting)]).toEqual([1, []]);
  await reader.evaluate("sent[0].onclick(new Event('click'))");
  const [, first] = await findAll('/api/alerts?rule=zombie');
  await reader.waitForURL(`**/alerts/${first!['alert_id']}`);

  // The next tab takes over.
  await reader.goto('about:blank');
  await raise('node_id_shared', 'node-x');
  await eventually(async () => expect(await readSent(waiting)).toHaveLength(1), WITHIN);
  for (const rule of ['zombie', 'node_id_shared']) await system.api.call('POST', '/api/alerts/resolve', { rule });
  await store.stop();
});

it('filters are typed, taken away by Backspace, and kept under a name', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/tasks' });
  const field = page.getByRole('textbox', { name: 'Filter', exact: true });
  await field.fill('status:paused nonsense:x');
  await field.press('Enter');
  await page.getByText('There is no filter "nonsense:".').waitFor();
  await page.waitForURL(/\/tasks\?status=PAUSED$/);
  expect(await field.inputValue()).toBe('nonsense:x');
  await page.getByText('Views', { exact: true }).click();
  await page.getByLabel('Name for the present view').fill('mine');
  await page.getByRole('button', { name: 'Save' }).click();
  await field.fill('');
  await field.press('Backspace');
  await page.waitForURL(/\/tasks$/);
  await page.getByText('Views', { exact: true }).click();
  await page.getByText('Views', { exact: true }).click();
  await page.getByRole('link', { name: 'mine' }).click();
  await page.waitForURL(/\/tasks\?status=PAUSED$/);
  await page.getByRole('button', { name: 'Remove the filter status:paused' }).click();
  await page.waitForURL(/\/tasks$/);
});

it('of the tasks one row moves, and one is drawn; its columns are chosen, and are in the address', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/alerts' });
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
  say([{ task_id: longId, status, counts: moved, progress: 75, seq: 1_000_000, timestamp, estimated_remaining: null }]);
  await row.getByText('75 %').waitFor();
  expect(await page.evaluate('readHandlers().filter((handler) => !before.includes(handler)).length')).toBe(1);

  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('group').getByLabel('Pool').check();
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

it('a viewer sees no button that the API would refuse, and no page of admins', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/alerts' });
  await page.getByRole('heading', { name: 'dead letter', exact: true }).waitFor();
  for (const path of [
    '/alerts',
    '/dead-letters?reason=bad_field',
    '/limits',
    '/exclusions',
    '/tasks',
    `/tasks/${taskId}`,
  ]) {
    await page.goto(new URL(path, system.stack.describe().dashboard_url).href);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await waitUntilRead(page);
    const buttons = await page.locator('main').getByRole('button').allInnerTexts();
    expect([
      path,
      buttons.filter((name) => !/^(Show|Copy|Created|Filter|Compare|All targets|Save|[−+]$)/.test(name)),
    ]).toEqual([path, []]);
  }
  expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()).not.toContain(
    'API keys',
  );
});

/** The lines of a dead letter's content, and where they begin on the screen, in pixels from its box. */
const readShownLines = (page: Page) =>
  page.evaluate<{ text: string; left: number; top: number }[]>(`{
    const box = document.querySelector('main pre');
    const { x, y } = box.getBoundingClientRect();
    const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
    const lines = [];
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest('.visually-hidden')) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const [first] = range.getClientRects();
      lines.push({ text: walker.currentNode.data.replace(/\\n$/, ''), left: first.x - x, top: first.y - y });
    }
    lines;
  }`);

it('a dead letter shows what strangers wrote as text alone, its field at fault marked, and is discarded', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { path: '/dead-letters' });
  const group = page.getByRole('region', { name: 'invalid field' });
  await group.getByText('1 in all, 1 waiting').waitFor();
  await group.getByRole('button', { name: 'invalid field' }).click();
  await page.waitForURL(/open=bad_field/);
  await group.getByRole('row').getByRole('link').click();
  const mark = page.locator('mark');
  await mark.waitFor();
  expect(await mark.textContent()).toContain('<script>document.title=');
  const [waiting] = await findAll('/api/dead-letters');
  const { content } = await system.api.get<{ content: string }>(`/api/dead-letters/${waiting!['dead_letter_id']}`);
  const lines = await readShownLines(page);
  expect(lines.map(({ text }) => text).join('\n')).toBe(JSON.stringify(JSON.parse(content), null, 2));
  expect(lines.filter(({ left, top }, i) => left > 40 || (i > 0 && top <= lines[i - 1]!.top))).toEqual([]);
  expect(await page.title()).not.toBe('taken');
  const box = (await mark.boundingBox())!;
  const around = (await page.locator('main').boundingBox())!;
  expect(box.x + box.width).toBeLessThanOrEqual(around.x + around.width);
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText('Removes 1 from lists and replays for good; 0 are kept.').waitFor();
  await page.getByLabel('Reason').fill('a test of strangers');
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await page.getByText(/^Discarded .* by \S+: a test of strangers$/).waitFor();
  await eventually(async () => (await findAll('/api/dead-letters?state=discarded')).length === 1, WITHIN);
  // None waits any more.
  await eventually(async () => (await findAll('/api/alerts?rule=dead_letter&state=resolved')).length === 1, WITHIN);
});

it('log out ends the session: the page to log in comes, and the cookie is refused', async () => {
  const { page, faults } = await browser.openDashboard(system.stack.describe(), { path: '/nodes' });
  faults.allow(/ 401 /);
  await page.getByRole('heading', { level: 1, name: 'Nodes' }).waitFor();
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
  expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain(
    system.stack.describe().api_key,
  );
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  const answer = await fetch(new URL('/api/session', system.stack.describe().dashboard_url), {
    headers: { cookie: `${cookie?.name}=${cookie?.value}` },
  });
  expect(answer.status).toBe(401);
});

it('a dead letter is replayed: it waits no longer, and its update is applied', async () => {
  const { task_id: id } = await system.api.createTask({ task_target: '127.6.0.0/31', config: { pool: 'nobody' } });
  const update = { task_id: id, subtask_id: toSubTaskId(id, 5), attempt: 1, status: 'CANCELLED' };
  await publish(EXCHANGES.serviceUpdates.name, { operator: 'retry-scheduler' }, update);
  const { page } = await browser.openDashboard(system.stack.describe(), {
    role: 'operator',
    path: `/dead-letters?state=waiting&task_id=${id}`,
  });
  const group = page.getByRole('region', { name: 'outside the targets' });
  await group.getByRole('button', { name: 'outside the targets' }).click();
  await group.getByRole('checkbox', { name: /^Select / }).check();
  await page.getByRole('button', { name: 'Replay 1 selected' }).waitFor();
  // The cause is mended: the task has the address now.
  const store = createTestStore(system.stack.describe());
  await store.start();
  await store.taskStates.createSubTasks(id, ['127.6.0.8/29']);
  await store.stop();
  await group.getByRole('button', { name: 'Replay this group' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Sends 1 back to their queues; 0 cannot be sent.').waitFor();
  await dialog.getByRole('button', { name: 'Replay this group' }).click();
  await page.getByText('No dead letter.').waitFor();
  await page.goto(new URL(`/tasks/${id}/subtasks/${id}-5`, system.stack.describe().dashboard_url).href);
  await page.getByText('cancelled').first().waitFor();
});

it('when the key is revoked the open page asks to log in, and shows nothing of before', async () => {
  const { body } = await system.api.call('POST', '/api/keys', { name: 'guest', role: 'viewer' });
  const stack = { ...system.stack.describe(), api_key: String(body['secret']) };
  const { page, faults } = await browser.openDashboard(stack, { path: `/tasks/${taskId}` });
  faults.allow(/ 401 /, /WebSocket connection to/);
  await page.getByRole('heading', { level: 1, name: '127.5.0.0/28' }).waitFor();
  await system.api.call('POST', `/api/keys/${body['key_id']}/revoke`, { reason: 'left' });
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await page.getByText(taskId).count()).toBe(0);
  expect(await page.getByRole('navigation').count()).toBe(0);
  await page.getByLabel('API key').fill(stack.api_key);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText(/^Not logged in: /).waitFor();
  await page.getByLabel('API key').fill(system.stack.describe().api_key);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { level: 1, name: '127.5.0.0/28' }).waitFor();
});
