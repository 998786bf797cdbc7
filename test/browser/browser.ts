/** Chromium with pages of the dashboard, each in a context of its own and watched for faults. */
import { join } from 'node:path';
import { findChromium, type StackDescription } from '@cyberstroll/local';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ROOT } from '../e2e/test-stack';
import { collectFaults, type Faults } from './faults';

type Language = 'en' | 'zh';
type Role = 'viewer' | 'operator' | 'admin';

interface PageOptions {
  language?: Language;
  theme?: 'light' | 'dark';
}

export interface DashboardOptions extends PageOptions {
  /** With the stack's own key, an admin, or a key of another role from `ROLE_KEYS`. */
  role?: Role;
  /** The page that asks for the login, and comes after it; without it `/login`, and then the overview. */
  path?: string;
}

/** A page, and what it did that it must not do. */
interface WatchedPage {
  page: Page;
  faults: Faults;
}

export interface TestBrowser {
  /** A page at this address. Other origins are faults. */
  openPage(url: string, options?: PageOptions): Promise<WatchedPage>;
  /** The dashboard of a stack, logged in. */
  openDashboard(
    stack: Pick<StackDescription, 'dashboard_url' | 'api_key'>,
    options?: DashboardOptions,
  ): Promise<WatchedPage>;
  /** Closes all pages, then throws if one of them had a fault. For `afterEach`. */
  closePages(): Promise<void>;
  close(): Promise<void>;
}

/** API keys of the other roles: a stack that is started with them as `API_KEYS` takes them beside its own. */
const ROLE_KEYS = { viewer: 'key-of-the-viewer-0123456789', operator: 'key-of-the-operator-0123456789' };
export const roleApiKeys = Object.entries(ROLE_KEYS)
  .map(([role, key]) => `${role}:${role}:${key}`)
  .join(',');

/** Of each wait for a page, which ends as soon as what it waits for is there. */
const LIMIT_MS = 120_000;
const VIEWPORT = { width: 1440, height: 900 };
const LOCALES = { en: 'en-US', zh: 'zh-CN' };
const LOGIN = { en: { key: 'API key', button: 'Log in' }, zh: { key: 'API 密钥', button: '登录' } };

/** `CHROMIUM` names another program than the machine's. */
export async function createBrowser(): Promise<TestBrowser> {
  const program = findChromium();
  if (!program) throw new Error('there is no Chromium: run npm run setup, or name one in CHROMIUM');
  // A container gives /dev/shm little memory. No process is kept ready for a next page. Debian's program has no sandbox
  // for root.
  const browser: Browser = await chromium.launch({
    executablePath: join(ROOT, 'test/browser/chromium.sh'),
    env: { ...process.env, CHROMIUM_PROGRAM: program },
    args: ['--disable-dev-shm-usage', '--renderer-process-limit=1'],
    timeout: LIMIT_MS,
  });
  let open: WatchedPage[] = [];

  async function openPage(url: string, { language = 'en', theme = 'light' }: PageOptions = {}): Promise<WatchedPage> {
    const context = await browser.newContext({
      viewport: VIEWPORT,
      deviceScaleFactor: 1,
      reducedMotion: 'reduce',
      locale: LOCALES[language],
      colorScheme: theme,
    });
    context.setDefaultTimeout(LIMIT_MS);
    const page = await context.newPage();
    const watched = { page, faults: collectFaults(page, url) };
    open.push(watched);
    await page.goto(url);
    return watched;
  }

  return {
    openPage,
    async openDashboard({ dashboard_url, api_key }, { role = 'admin', path, language = 'en', ...options } = {}) {
      const watched = await openPage(new URL(path ?? 'login', dashboard_url).href, { language, ...options });
      const { page } = watched;
      // Exactly: in Chinese the text is also the end of "log out".
      const button = page.getByRole('button', { name: LOGIN[language].button, exact: true });
      await page.getByLabel(LOGIN[language].key).fill(role === 'admin' ? api_key : ROLE_KEYS[role]);
      await button.click();
      if (path === undefined) await page.waitForURL(dashboard_url);
      else await button.waitFor({ state: 'detached' });
      return watched;
    },
    async closePages() {
      const closed = open;
      open = [];
      for (const { page } of closed) await page.context().close();
      for (const { faults } of closed) faults.check();
    },
    close: () => browser.close(),
  };
}
