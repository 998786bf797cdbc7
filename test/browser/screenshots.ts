/**
 * `npm run screenshots`: the main pages as PNGs in docs/screenshots, of a stack of its own that scans loopback: one
 * scan with open ports, the same one before a host opened its port, one with failures, one that is paused, and one
 * that runs.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@cyberstroll/testkit';
import { createFakeNmap } from '../e2e/fake-nmap';
import { answerAsHttp, greetAsSsh, openListeners } from '../e2e/listeners';
import { ROOT, startTestStack, type TestStack } from '../e2e/test-stack';
import { createBrowser, type DashboardOptions, roleApiKeys } from './browser';

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
  { name: 'results', path: '/results' },
  { name: 'compare', path: '/tasks/{before}/compare/{done}' },
  { name: 'nodes', path: '/nodes' },
  { name: 'queues', path: '/queues' },
];

const FOLDER = join(ROOT, 'docs/screenshots');
/** For charts, and for the first live data. */
const SETTLE_MS = 3_000;
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

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
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
    const tasks = await createTasks(system);
    for (const { name, path, ...options } of SCREENSHOTS) {
      const shown = path.replace(/\{(\w+)\}/g, (_, task: string) => tasks[task] as string);
      const { page } = await browser.openDashboard(system.stack.describe(), { ...options, path: shown });
      await page.locator('main').waitFor();
      await delay(SETTLE_MS);
      await page.screenshot({ path: join(FOLDER, `${name}.png`) });
      await browser.closePages();
      console.log(`docs/screenshots/${name}.png`);
    }
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
