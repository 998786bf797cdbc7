/** Every page in both themes and languages; what admins and operators do about alerts and dead letters; a viewer. */
import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import type { Page } from 'playwright-core';
import { startTestStack, type TestStack } from '../e2e/test-stack';
import { createBrowser, roleApiKeys, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';

const WITHIN = { timeoutMs: 60_000, intervalMs: 200 };
/** What a scanned host may send to harm whoever reads it: a script, a change of the direction, marks in a heap. */
const HOSTILE = `<script>document.title='taken'</script><img src=x onerror=alert(1)>\u202Egnp.exe${'\u0301'.repeat(1_000)}`;
let system: TestStack;
let browser: TestBrowser;
let taskId: string;
beforeAll(async () => {
  system = await startTestStack({ nodes: { 'node-a': {} }, environment: { API_KEYS: roleApiKeys } });
  browser = await createBrowser();
  taskId = (await system.api.createTask({ task_target: '127.5.0.0/28', ports: '80' })).task_id;
  await publishBadUpdate();
  await eventually(async () => (await findAll('/api/dead-letters')).length > 0, WITHIN);
  await eventually(async () => (await findAll('/api/alerts')).length > 0, WITHIN);
}, 120_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
}, 60_000);

const findAll = async (path: string) => (await system.api.get<{ items: Record<string, unknown>[] }>(path)).items;

const waitUntilRead = (page: Page) =>
  eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, WITHIN);

/** An envelope with one update whose status is no status. */
async function publishBadUpdate(): Promise<void> {
  const connection = await connect(system.stack.describe().rabbitmq_url);
  const channel = await connection.createConfirmChannel();
  const update = { task_id: taskId, subtask_id: `${taskId}-0`, attempt: 1, lease_id: 'a', status: HOSTILE };
  const envelope = {
    ...{ node_id: 'node-z', instance_id: 'z', sent_time: new Date().toISOString(), updates: [update] },
  };
  channel.publish(EXCHANGES.state.name, QUEUES.stateUpdates.routingKey, Buffer.from(JSON.stringify(envelope)));
  await channel.waitForConfirms();
  await connection.close();
}

it.each([
  ['light', 'en'],
  ['dark', 'zh'],
] as const)(
  'axe-core finds nothing on any page (%s, %s)',
  async (theme, language) => {
    const [deadLetter] = await findAll('/api/dead-letters');
    const [alert] = await findAll('/api/alerts');
    const task = `/tasks/${taskId}`;
    const paths = [
      ...[
        '/',
        '/?tv=1',
        '/tasks',
        '/tasks/new',
        task,
        `${task}?tab=subtasks`,
        `${task}?tab=nodes`,
        `${task}?tab=results`,
        `${task}?tab=config`,
      ],
      ...[
        `${task}/subtasks/${taskId}-0`,
        `${task}/compare/${taskId}`,
        '/results?port=80',
        '/nodes',
        '/nodes/node-a',
        '/queues',
        '/dead-letters',
      ],
      ...[
        `/dead-letters/${deadLetter?.['dead_letter_id']}`,
        '/alerts',
        `/alerts/${alert?.['alert_id']}`,
        '/keys',
        '/audit',
      ],
    ];
    const { page } = await browser.openDashboard(system.stack.describe(), { theme, language });
    for (const path of paths) {
      await page.goto(new URL(path, system.stack.describe().dashboard_url).href);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await waitUntilRead(page);
      await expectNoViolations(page);
      expect([path, await page.locator('html').getAttribute('data-theme')]).toEqual([path, theme]);
    }
  },
  180_000,
);

it('a dead letter shows what strangers wrote as text alone, its field at fault marked, and is discarded', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { path: '/dead-letters' });
  await page.getByRole('link', { name: 'bad_field' }).click();
  const mark = page.locator('mark');
  await mark.waitFor();
  expect(await mark.textContent()).toContain('<script>document.title=');
  expect(await page.title()).not.toBe('taken');
  const box = (await mark.boundingBox())!;
  const around = (await page.locator('main').boundingBox())!;
  expect(box.x + box.width).toBeLessThanOrEqual(around.x + around.width);
  await page.getByRole('button', { name: 'Discard' }).click();
  await page.getByText('Removes 1 from lists and replays for good; 0 are left.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await eventually(async () => (await findAll('/api/dead-letters?state=discarded')).length === 1, WITHIN);
}, 60_000);

it('an alert is acknowledged with a reason, beside its runbook', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'operator', path: '/alerts' });
  await page.getByRole('link', { name: 'dead letter', exact: true }).click();
  await page.getByRole('heading', { name: 'What to do' }).waitFor();
  await page.locator('.runbook').waitFor();
  await page.getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByLabel('Reason').fill('I look at it');
  await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
  await page.getByRole('cell', { name: 'I look at it' }).waitFor();
}, 60_000);

it('a viewer sees no button that the API would refuse, and no page of admins', async () => {
  const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/alerts' });
  await page.getByRole('link', { name: 'dead letter', exact: true }).waitFor();
  for (const path of ['/alerts', '/dead-letters?state=discarded', '/tasks', `/tasks/${taskId}`]) {
    await page.goto(new URL(path, system.stack.describe().dashboard_url).href);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await waitUntilRead(page);
    const buttons = await page.locator('main').getByRole('button').allInnerTexts();
    expect([path, buttons.filter((name) => !/^(Show|Copy|Filter|Compare|All targets)/.test(name))]).toEqual([path, []]);
  }
  expect(await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()).not.toContain(
    'API keys',
  );
}, 60_000);

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
}, 60_000);
