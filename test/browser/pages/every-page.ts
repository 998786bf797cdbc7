import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@cyberstroll/testkit';
import type { Page } from 'playwright-core';
import type { DashboardOptions } from '../browser';
import { expectNoViolations } from '../expect-no-violations';
import { type PagesBed, WITHIN, waitUntilRead } from './bed';

/** What the build wrote. */
const DASHBOARD = join(__dirname, '../../../packages/clients/dashboard/dist');

/** What is wider than the page, and tables that do not fit. */
const measureOverflow = (page: Page) =>
  page.evaluate<string[]>(`{
    const width = document.documentElement.clientWidth;
    const isTooWide = document.documentElement.scrollWidth > width;
    const isBeyond = (element) => element.getBoundingClientRect().right > width && !element.closest('.table-box');
    const beyond = [...document.querySelectorAll('body *')].filter(isBeyond).map((element) => element.outerHTML);
    const tables = [...document.querySelectorAll('.table-box')].filter((box) => box.scrollWidth > box.clientWidth);
    const wide = [...(isTooWide ? beyond.slice(-5) : []), ...tables.filter((box) => width > 800 || box.querySelector('.cards')).map((box) => box.outerHTML)];
    wide.map((html) => html.slice(0, 200));
  }`);

/** Labels of what needs attention that stand over its text. */
const measureOverlaps = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('.needs li')].filter((row) => {
    const [label, text] = [...row.children].map((element) => element.getBoundingClientRect());
    return label.right > text.left;
  }).map((row) => row.textContent)`);

/** Addresses of before, which lead to a page of today. */
const MOVED = /^\/(results|calendar|schedules|limits|exclusions|nodes|queues|alerts|dead-letters|keys|audit)$/;
/** The pages that need no id in their path, as the build lists them. */
const WITHOUT_PARAMETERS = (JSON.parse(readFileSync(join(DASHBOARD, 'pages.json'), 'utf8')) as string[]).filter(
  (path) => path !== '/login' && !path.includes('{') && !MOVED.test(path),
);

/** Every page, with what has to be read on it. */
const toPaths = ({ taskId, longId, exclusionId, deadLetterId, alertId }: PagesBed) => {
  const task = `/tasks/${taskId}`;
  return [
    ...WITHOUT_PARAMETERS,
    '/?tv=1',
    task,
    ...['tab=subtasks', 'tab=results', 'settings=open'].map((query) => `${task}?${query}`),
    `${task}/compare/${taskId}`,
    `/tasks/${longId}`,
    `${task}/subtasks/${taskId}-0`,
    '/plan?week=2099-12-28',
    `/plan/exclusions/${exclusionId}`,
    '/fleet?view=table',
    '/fleet/nodes/node-a',
    '/findings/127.5.0.1',
    '/findings?tab=findings',
    '/findings?tab=services',
    `/problems/dead-letters/${deadLetterId}`,
    `/problems/alerts/${alertId}`,
  ];
};

/** As a link of the dashboard does, which does not load the program again. Resolves when the page is drawn. */
const follow = (page: Page, path: string) =>
  page.evaluate(`{
    const link = document.createElement('a');
    link.href = ${JSON.stringify(path)};
    document.body.append(link);
    link.click();
    link.remove();
    new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }`);

/** Each page in one theme and language. */
async function expectNoFaultOn({ system, browser }: PagesBed, paths: readonly string[], look: DashboardOptions) {
  const { page } = await browser.openDashboard(system.stack.describe(), look);
  for (const path of paths) {
    await follow(page, path);
    expect(`${new URL(page.url()).pathname} of ${path}`).toBe(`${path.split('?')[0]} of ${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await waitUntilRead(page);
    // A phone, a screen on the wall, a notebook.
    for (const width of [390, 2560, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await eventually(async () => expect([path, width, await measureOverflow(page)]).toEqual([path, width, []]));
      expect([path, width, await measureOverlaps(page)]).toEqual([path, width, []]);
    }
    // A box that scrolls since the last width is reached by Tab with the next frame.
    await eventually(() => expectNoViolations(page), WITHIN);
  }
}

/** Every page in both themes and languages. */
export function testEveryPage(toBed: () => PagesBed): void {
  it('axe-core finds nothing on any page, nor in the colours of the other theme; long words leave none', async () => {
    const looks = [{}, { theme: 'dark', language: 'zh' }] as const;
    // At once, since it takes the browser's time alone.
    await Promise.all(looks.map((look) => expectNoFaultOn(toBed(), toPaths(toBed()), look)));
  }, 900_000);

  it('nothing that services say stays English for a reader of Chinese, and a port out of range says so at its field', async () => {
    const { system, browser, longId } = toBed();
    // Its scans last: a task that has ended at the first look has only been on its way through RUNNING.
    const { page } = await browser.openDashboard(system.stack.describe(), { language: 'zh', path: `/tasks/${longId}` });
    const shows = (text: string | RegExp) => page.getByText(text).first().waitFor();
    await shows('分发器已接手');
    await shows('已有节点领取其中第一个');
    const open = (path: string) => page.goto(new URL(path, system.stack.describe().dashboard_url).href);
    await open('/settings/audit');
    await shows('创建任务');
    await open('/problems/dead-letters?open=bad_field');
    await page.getByRole('button', { name: '字段无效' }).waitFor();
    await shows(/updates\.0\.status：必须是以下之一/);
    await open('/problems');
    await shows(/条等待处理：/);
    await open('/findings');
    await page.getByRole('spinbutton', { name: '端口' }).fill('99999');
    await page.keyboard.press('Enter');
    await shows('必须在 1 到 65,535 之间。');
    expect(new URL(page.url()).search).toBe('');
  });

  it('what is open now stands by host and over all hosts; a webhook for its changes is made', async () => {
    const { system, browser } = toBed();
    const { page } = await browser.openDashboard(system.stack.describe(), { path: '/findings?tab=services&port=53' });
    await page
      .getByRole('row', { name: /53\/udp/ })
      .getByRole('link', { name: '127.5.0.1' })
      .click();
    await page.getByRole('heading', { name: 'Open now, and closed since' }).waitFor();
    await page.getByRole('rowheader', { name: '53/udp' }).waitFor();

    await page.goto(new URL('/settings/webhooks', system.stack.describe().dashboard_url).href);
    await page.getByRole('button', { name: 'New webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('night-watch');
    await dialog.getByLabel('Address', { exact: true }).fill('http://127.0.0.1:1/hooks');
    await dialog.getByLabel('Only these ports, with commas').fill('22, 3306');
    await dialog.getByRole('button', { name: 'New webhook' }).click();
    await page.getByText('It is shown only once.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('row', { name: /night-watch.*22, 3306/ }).waitFor();
  });
}
