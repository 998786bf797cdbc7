import { type PagesBed, waitUntilRead } from './bed';

/** Who sees what, and for how long. */
export function testSessions(toBed: () => PagesBed): void {
  it('a viewer sees no button that the API would refuse, and no page of admins', async () => {
    const { system, browser, taskId } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { role: 'viewer', path: '/problems' });
    await page.getByRole('heading', { name: 'dead letter', exact: true }).waitFor();
    for (const path of [
      '/problems',
      '/problems/dead-letters?reason=bad_field',
      '/plan/limits',
      '/plan/exclusions',
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

  it('log out ends the session: the page to log in comes, and the cookie is refused', async () => {
    const { system, browser } = toBed();
    const { page, faults } = await browser.openDashboard(system.stack.describe(), { path: '/fleet' });
    faults.allow(/ 401 /);
    await page.getByRole('heading', { level: 1, name: 'Nodes' }).waitFor();
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(await page.evaluate('JSON.stringify(localStorage) + document.cookie')).not.toContain(
      system.stack.describe().api_key,
    );
    await page.getByText('local', { exact: true }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    const answer = await fetch(new URL('/api/session', system.stack.describe().dashboard_url), {
      headers: { cookie: `${cookie?.name}=${cookie?.value}` },
    });
    expect(answer.status).toBe(401);
  });

  it('when the key is revoked the open page asks to log in, and shows nothing of before', async () => {
    const { system, browser, taskId } = toBed();
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
}
