/**
 * `npm run screenshots`: the main pages as PNGs in docs/screenshots, of a stack of its own that scans loopback: one
 * scan with open ports, the same one before a host opened its port, one with failures, one that is paused, and one
 * that runs. `-- --all [folder]`: every page on three widths, in both themes and languages, into a folder outside the
 * tree, with `index.html`, which shows them side by side.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { eventually } from '@cyberstroll/testkit';
import { createFakeNmap } from '../e2e/fake-nmap';
import { answerAsHttp, greetAsSsh, openListeners } from '../e2e/listeners';
import { ROOT, startTestStack, type TestStack } from '../e2e/test-stack';
import { createBrowser, type DashboardOptions, roleApiKeys, type TestBrowser } from './browser';
import { ALL_PAGES, LOOKS, toIndexHtml, WIDTHS } from './screenshot-index';

interface Screenshot extends DashboardOptions {
  /** Of the file, without `.png`. */
  name: string;
  /** With `{running}`, `{failed}`, `{paused}`, `{before}` and `{done}` for the ids of these tasks. */
  path: string;
}

const SCREENSHOTS: readonly Screenshot[] = [
  { name: 'overview', path: '/' },
  { name: 'overview-dark-zh', path: '/', theme: 'dark', language: 'zh' },
  { name: 'task', path: '/tasks/{running}' },
  { name: 'task-with-failures', path: '/tasks/{failed}?tab=subtasks' },
  { name: 'tasks', path: '/tasks' },
  { name: 'new-task', path: '/tasks/new' },
  { name: 'results', path: '/findings' },
  { name: 'compare', path: '/tasks/{before}/compare/{done}' },
  { name: 'nodes', path: '/fleet' },
  { name: 'queues', path: '/fleet/queues' },
];

const FOLDER = join(ROOT, 'docs/screenshots');
/** For charts, and for the first live data. */
const SETTLE_MS = 3_000;
/** Of each page of `--all`, where only the first width waits. */
const SETTLE_ALL_MS = 700;
const HEIGHT = 900;
const WITHIN = { timeoutMs: 120_000, intervalMs: 500 };

async function createTasks({ api }: TestStack): Promise<Record<string, string>> {
  const create = async (...task: Parameters<typeof api.createTask>) => (await api.createTask(...task)).task_id;
  const ports = '2222,8080';
  const scan = { task_target: '127.0.7.0/24', ports };
  const before = await create(scan);
  await eventually(async () => (await api.getTask(before)).status === 'COMPLETED', WITHIN);
  const opened = await openListeners([{ address: '127.0.7.30', port: 8080, greet: answerAsHttp }]);
  const done = await create(scan);
  const failed = await create({ task_target: '127.0.8.0/25', ports, method: 'nmap', config: { max_retries: 0 } });
  const paused = await create({ task_target: '127.2.0.0/18', ports });
  await eventually(async () => (await api.getTask(paused)).status === 'RUNNING', WITHIN);
  await api.command(paused, 'pause');
  await eventually(async () => (await api.getTask(done)).status === 'COMPLETED', WITHIN);
  await opened.close();
  await eventually(async () => (await api.getProgress(failed)).counts.failed_count > 0, WITHIN);
  const running = await create({ task_target: '127.1.0.0/16', ports });
  await eventually(async () => (await api.getProgress(running)).counts.completed_count > 2_000, WITHIN);
  return { before, done, failed, paused, running };
}

/** What no scan brings about: a schedule, a limit, an exclusion and a blackout, all of them harmless. */
async function createRules({ api }: TestStack): Promise<Record<string, string>> {
  const { body: schedule } = await api.call('POST', '/api/schedules', {
    name: 'Head office, every night',
    cron: '30 2 * * *',
    time_zone: 'Europe/Berlin',
    template: { task_target: '127.0.7.0/24', task_initiator: 'alice', scan: { ports: '2222,8080' } },
  });
  const hours = [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', time_zone: 'Europe/Berlin' }];
  const covers = { network: '127.9.0.0/16' };
  await api.call('POST', '/api/limits', { covers, max_concurrent: 20, windows: hours, reason: 'office hours' });
  const { body: exclusion } = await api.call('POST', '/api/exclusions', {
    target: '127.9.1.0/24',
    hours,
    reason: 'a fragile device',
  });
  const week = 7 * 86_400_000;
  await api.call('POST', '/api/freezes', {
    covers,
    from: new Date(Date.now() + week / 7).toISOString(),
    until: new Date(Date.now() + week / 5).toISOString(),
    reason: 'maintenance',
  });
  return { schedule: String(schedule['schedule_id']), exclusion: String(exclusion['exclusion_id']) };
}

/** The alert of the scan with failures, once there is one. */
const findAlert = ({ api }: TestStack): Promise<string> =>
  eventually(async () => {
    const [first] = (await api.get<{ items: { alert_id: string }[] }>('/api/alerts')).items;
    if (!first) throw new Error('no alert yet');
    return first.alert_id;
  }, WITHIN);

/** Every page in every look and width, by one browser page for each look. */
async function takeAll(system: TestStack, browser: TestBrowser, ids: Record<string, string>, folder: string) {
  const { dashboard_url } = system.stack.describe();
  for (const look of LOOKS) {
    const { page } = await browser.openDashboard(system.stack.describe(), look);
    for (const [name, path] of ALL_PAGES) {
      await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
      await page.goto(new URL(fillIn(path, ids), dashboard_url).href);
      await page.locator('main').waitFor();
      await eventually(async () => (await page.locator('[aria-busy="true"]').count()) === 0, WITHIN);
      await delay(SETTLE_ALL_MS);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: HEIGHT });
        await page.screenshot({ path: join(folder, `${name}-${width}-${look.theme}-${look.language}.png`) });
      }
    }
    console.log(`${look.theme}, ${look.language}`);
  }
  writeFileSync(join(folder, 'index.html'), toIndexHtml());
  console.log(join(folder, 'index.html'));
}

const fillIn = (path: string, ids: Record<string, string>) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => ids[name] as string);

async function takeMain(system: TestStack, browser: TestBrowser, tasks: Record<string, string>) {
  for (const { name, path, ...options } of SCREENSHOTS) {
    const { page } = await browser.openDashboard(system.stack.describe(), { ...options, path: fillIn(path, tasks) });
    await page.locator('main').waitFor();
    await delay(SETTLE_MS);
    await page.screenshot({ path: join(FOLDER, `${name}.png`) });
    await browser.closePages();
    console.log(`docs/screenshots/${name}.png`);
  }
}

async function main(): Promise<void> {
  const options = { all: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const folder = values.all ? resolve(positionals[0] ?? join(ROOT, '.local/screenshots')) : FOLDER;
  mkdirSync(folder, { recursive: true });
  const listeners = await openListeners([
    { address: '127.0.7.10', port: 2222, greet: greetAsSsh },
    { address: '127.0.7.20', port: 8080, greet: answerAsHttp },
  ]);
  const nmap = createFakeNmap(join(ROOT, '.local'));
  nmap.install({ failures: 40 });
  const node = { PATH: `${nmap.path}:${process.env['PATH']}` };
  const system = await startTestStack({
    ownEngines: true,
    environment: { API_KEYS: roleApiKeys },
    nodes: { 'node-1': node, 'node-2': node, 'node-3': node },
  });
  const browser = await createBrowser();
  try {
    const rules = values.all ? await createRules(system) : {};
    const tasks = await createTasks(system);
    if (values.all) {
      const alert = await findAlert(system);
      await takeAll(system, browser, { ...tasks, ...rules, alert }, folder);
    } else await takeMain(system, browser, tasks);
  } finally {
    await browser.close();
    await system.stop();
    await listeners.close();
    nmap.remove();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
