import { startTestStack, type TestStack } from '../e2e/test-stack';
import { createBrowser, roleApiKeys, type TestBrowser } from './browser';
import { expectNoViolations } from './expect-no-violations';

let system: TestStack;
let browser: TestBrowser;
beforeAll(async () => {
  system = await startTestStack({ nodes: { 'node-a': {} }, environment: { API_KEYS: roleApiKeys } });
  browser = await createBrowser();
}, 120_000);
afterEach(() => browser.closePages());
afterAll(async () => {
  await browser?.close();
  await system?.stop();
}, 60_000);

it.each([
  ['admin', 'en', 'light', 'Overview'],
  ['viewer', 'zh', 'dark', '概览'],
] as const)(
  'a person with the role %s logs in and sees the overview (%s, %s)',
  async (role, language, theme, title) => {
    const { page } = await browser.openDashboard(system.stack.describe(), { role, language, theme });
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(theme);
    await expectNoViolations(page);
  },
);
