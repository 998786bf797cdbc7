import { createTestStore, eventually } from '@cyberstroll/testkit';
import type { Page } from 'playwright-core';
import { type PagesBed, WITHIN } from './bed';

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

/** What operators do about alerts, and who is notified of them. */
export function testAlerts(toBed: () => PagesBed): void {
  it('an alert is acknowledged with a reason, beside its runbook', async () => {
    const { system, browser } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { role: 'operator' });
    await page
      .getByRole('region', { name: 'Needs attention' })
      .getByRole('link', { name: /dead letter/ })
      .first()
      .click();
    const panel = page.getByRole('complementary', { name: 'dead letter' });
    await panel.getByRole('heading', { name: 'What to do' }).waitFor();
    await panel.getByText('Whole runbook').click();
    await panel.locator('.runbook').waitFor();
    await panel.getByText('1 waiting for a decision: 1 bad_field').first().waitFor();
    const link = panel.getByRole('link', { name: 'the dead letters that wait' });
    expect(await link.getAttribute('href')).toBe('/problems/dead-letters?state=waiting');
    await panel.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByLabel('Reason').fill('I look at it');
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('cell', { name: 'I look at it' }).waitFor();
  });

  it('a rule is silenced for some hours: its alerts say so and need nobody, until the silence is ended', async () => {
    const { system, browser, findAll } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { role: 'operator', path: '/problems' });
    const group = page.getByRole('region', { name: 'dead letter', exact: true });
    await group.getByRole('button', { name: 'Silence the rule' }).click();
    await page.getByLabel('Hours').fill('2');
    await page.getByLabel('Reason').fill('a test of strangers');
    await page.getByRole('dialog').getByRole('button', { name: 'Silence the rule' }).click();
    await group.getByText('1 silenced').waitFor();
    await group.getByText('a test of strangers').waitFor();
    expect(await findAll('/api/alerts?state=firing&silenced=false&rule=dead_letter')).toEqual([]);
    await page.getByText('Silences (1)').click();
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End' }).click();
    await group.getByText('1 silenced').waitFor({ state: 'detached' });
  });

  it('notifies once of a rule that begins to fire, by one tab of several, and a click opens the alert', async () => {
    const { system, browser, findAll } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/problems' });
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
    await context.clock.install();
    /** As after ten seconds: the next read is due. */
    const wait = () => context.clock.fastForward(10_000);
    for (const tab of tabs) await tab.goto(page.url());
    await notify.check();
    await eventually(() => page.evaluate<boolean>("Boolean(localStorage['cyberstroll.notified'])"), WITHIN);
    await raise('zombie', 'node-x');
    const sent = () => Promise.all(tabs.map(readSent));
    await eventually(async () => {
      await wait();
      expect((await sent()).flat()).toEqual(['lost claims: of node-x']);
    }, WITHIN);
    // Whichever took the lock.
    const [reader, waiting] = (await readSent(page)).length > 0 ? [page, other] : [other, page];
    await raise('zombie', 'node-y');
    const readsBefore = reads.get(reader)!.length;
    await eventually(async () => {
      await wait();
      expect(reads.get(reader)!.length).toBeGreaterThan(readsBefore + 1);
    }, WITHIN);
    expect([(await sent()).flat().length, reads.get(waiting)]).toEqual([1, []]);
    await reader.evaluate("sent[0].onclick(new Event('click'))");
    const [, first] = await findAll('/api/alerts?rule=zombie');
    await reader.waitForURL(`**/alerts/${first!['alert_id']}`);

    // The next tab takes over.
    await reader.goto('about:blank');
    await raise('node_id_shared', 'node-x');
    await eventually(async () => {
      await wait();
      expect(await readSent(waiting)).toHaveLength(1);
    }, WITHIN);
    for (const rule of ['zombie', 'node_id_shared']) await system.api.call('POST', '/api/alerts/resolve', { rule });
    await store.stop();
  });
}
