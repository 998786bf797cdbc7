/** `npm run demo`: a real scan of loopback, end to end, on a stack of its own that is gone afterwards. */
import { join } from 'node:path';
import { type ApiClient, type ApiSubTask, createApiClient, createProgressView, watchTask } from '@cyberstroll/cli';
import { parsePorts } from '@cyberstroll/contracts';
import { Command } from 'commander';
import { localDir } from '../setup/programs.cjs';
import { demoPorts, openListeners } from './demo/open-listeners';
import { renderHosts, renderOutcome } from './demo/render-result';
import { createInterruption } from './interruption';
import { renderStack } from './stack/render-stack';
import { parseScale } from './stack/service-definitions';
import { startStack } from './stack/start-stack';

interface DemoOptions {
  targets: string;
  exclude?: string;
  ports: string;
  nodes: string;
  keep?: boolean;
}

async function demo(options: DemoOptions): Promise<void> {
  const ports = parsePorts(options.ports);
  const scale = parseScale(`scanner-node=${options.nodes}`);
  const interruption = createInterruption();
  const listeners = await openListeners(ports);
  const places = listeners.opened.map(({ address, port }) => `${address}:${port}`);
  console.log(`opened ${places.length} TCP listeners for the scan to find: ${places.join(' ')}`);
  console.log('starting the engines, six services and the scanner nodes (about 15 s) ...');
  const stack = await startStack({
    dir: localDir,
    enginesDir: join(localDir, 'demo-engines'),
    fresh: true,
    scale,
    environment: process.env,
    signal: interruption.signal,
    log: console.log,
  });
  interruption.onSecond(() => stack.kill());
  try {
    const { api_url: url, ws_url: wsUrl, api_key: key } = stack.describe();
    const client = createApiClient({ url, wsUrl, key });
    const status = await scan(client, options, interruption.signal);
    if (status !== 'COMPLETED') process.exitCode = 1;
    if (options.keep) {
      console.log(`\n${renderStack(stack.describe(), join(localDir, 'stack.json'))}\n\nstill running; Ctrl-C stops it`);
      await interruption.interrupted;
    }
  } finally {
    console.log('stopping everything ...');
    await stack.stop();
    listeners.close();
  }
}

/** Creates the task, shows its progress and prints what it found. Returns the status in which it ended. */
async function scan(client: ApiClient, options: DemoOptions, signal: AbortSignal): Promise<string> {
  const body = {
    task_target: options.targets,
    exclude_target: options.exclude,
    task_type: 'port_scan',
    task_category: 'demo',
    task_initiator: 'demo',
    scan: { ports: options.ports },
  };
  const task = await client.call(client.POST('/api/tasks', { body }), 'task_id');
  const begun = performance.now();
  console.log(`\ntask ${task.task_id}: ${options.targets}, ports ${options.ports}`);
  const view = createProgressView(process.stderr, { color: process.stderr.isTTY });
  const last = await watchTask(client, task.task_id, { onUpdate: view.show, onNotice: view.notice, signal }).finally(
    () => view.stop(),
  );
  const seconds = (performance.now() - begun) / 1000;
  console.log(`\n${renderHosts(await listCompleted(client, task.task_id))}`);
  console.log(`\n${renderOutcome(last, seconds)}`);
  return last.status;
}

async function listCompleted({ GET, call }: ApiClient, taskId: string): Promise<ApiSubTask[]> {
  const path = { task_id: taskId };
  const subtasks: ApiSubTask[] = [];
  let cursor: string | undefined;
  do {
    const query = { status: ['COMPLETED' as const], limit: 1_000, cursor };
    const page = await call(GET('/api/tasks/{task_id}/subtasks', { params: { path, query } }), 'items');
    subtasks.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return subtasks;
}

new Command('npm run demo --')
  .description('Scans loopback addresses through the whole system, and shows what it found')
  .option('--targets <list>', 'addresses, networks, ranges', '127.0.0.0/24')
  .option('--exclude <list>', 'what to leave out of them')
  .option('--ports <list>', 'ports to try on each', demoPorts)
  .option('--nodes <n>', 'scanner nodes', '2')
  .option('--keep', 'leave the stack running afterwards, until Ctrl-C')
  .action(demo)
  .parseAsync()
  .then(
    () => process.exit(),
    (error: Error) => {
      console.error(error.message);
      process.exit(1);
    },
  );
