import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '@cyberstroll/local';
import { createTcpProxy, eventually } from '@cyberstroll/testkit';
import { runCli } from '../../packages/clients/cli/test/run-cli';
import { assertConsistent, waitUntilSettled } from './assert-consistent';
import { startLightStack } from './light-stack';
import { greetAsSsh, type Listeners, openListeners } from './listeners';
import { type CliRun, startCli } from './run-cli';
import type { TestStack } from './test-stack';

let system: TestStack;
let open: Listeners;
let port: string;
let elsewhere: string;

beforeAll(async () => {
  elsewhere = mkdtempSync(join(tmpdir(), 'cyberstroll-elsewhere-'));
  port = String(await findFreePort());
  open = await openListeners([{ address: '127.0.12.9', port: Number(port), greet: greetAsSsh }]);
  // Scans of the pool `slow` last longer than the tests.
  const slow = { POOLS: 'slow', SCANNER: 'noop', SCAN_MS: '600000', CAPACITY: '32' };
  const wide = { BANNER_TIMEOUT_MS: '30000' };
  const narrow = { POOLS: 'narrow', SCANNER: 'noop', SCAN_SCOPE: '127.0.15.0/25' };
  system = await startLightStack({ nodes: { 'node-a': wide, 'node-b': wide, slow, narrow } });
});

afterAll(async () => {
  await system?.stop();
  await open?.close();
  rmSync(elsewhere, { recursive: true, force: true });
});

/**
 * Where `.local/stack.json` is that of the running stack. In this process, at a tenth of the cost: what a process adds
 * (its exit code, both streams, signals) is shown by those that `runProgram` and `startCli` start.
 */
const run = (...args: string[]) => runCli(undefined, args, { cwd: system.dir });
const runProgram = (...args: string[]): Promise<CliRun> => startCli(args, system.dir).ended;

async function runJson<Data>(...args: string[]): Promise<Data> {
  const { code, stdout, stderr } = await run('--json', ...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as Data;
}

const createSlow = async (targets: string): Promise<string> =>
  (await runJson<{ task_id: string }>('task', 'create', targets, '--pool', 'slow', '--ports', '80')).task_id;

describe('a scan from the command line', () => {
  it('is created, watched to its end and shown, with exit code 0', async () => {
    const { code, stdout, stderr } = await runProgram('task', 'create', '127.0.12.0/27', '--ports', port, '--watch');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^task [0-9a-f]{24} COMPLETED after .*: 32 targets, completed 32\n$/);
    expect(stderr).toMatch(/^task [0-9a-f]{24} created, 32 targets\n/);
    await assertConsistent(system.api, stdout.split(' ')[1]!);
  });

  it('prints each update as a line of JSON on stdout, the last one the end', async () => {
    const { code, stdout } = await run('--json', 'task', 'create', '127.0.12.0/27', '--ports', port, '--watch');
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; status: string });
    expect(new Set(lines.map(({ type }) => type))).toEqual(new Set(['progress_update']));
    expect(lines.at(-1)).toMatchObject({ status: 'COMPLETED', progress: 100, done: 32, total: 32 });
  });

  it('is listed, shown, and its open ports too', async () => {
    type Listed = { items: { task_id: string; status: string }[] };
    const { items } = await runJson<Listed>('task', 'list', '--status', 'COMPLETED');
    expect(items.length).toBeGreaterThanOrEqual(2);
    const { task_id } = items[0]!;
    expect(await runJson('task', 'get', task_id)).toMatchObject({ task_id, progress: { completed_count: 32 } });
    expect(await runJson('subtask', 'list', task_id, '--open')).toEqual({
      items: [
        expect.objectContaining({
          ip: '127.0.12.9',
          status: 'COMPLETED',
          scan_result: expect.objectContaining({
            open_ports: [Number(port)],
            services: [`${port}/tcp ssh SSH-2.0-OpenSSH_9.9 e2e`],
          }),
        }),
      ],
    });
    const page = await runJson<{ items: unknown[]; next_cursor: string }>('subtask', 'list', task_id, '--limit', '20');
    expect(page).toMatchObject({ items: { length: 20 }, next_cursor: expect.stringMatching(/^20-/) });
    const table = await run('subtask', 'list', task_id, '--all');
    expect(table.stdout.split('\n').filter((line) => line.includes('COMPLETED'))).toHaveLength(32);
  });

  it('is done by the nodes that are listed', async () => {
    // A node is listed from its first heartbeat on.
    await eventually(async () => {
      const { items } = await runJson<{ items: { node_id: string }[] }>('node', 'list');
      expect(items.map(({ node_id }) => node_id).sort()).toEqual(['narrow', 'node-a', 'node-b', 'slow']);
    });
    expect((await run('node', 'list')).stdout).toMatch(/node-a +online/);
    expect((await run('node', 'get', 'node-a')).stdout).toMatch(/^node_id +node-a\nstatus +online$/m);
  });
});

it('pauses, resumes and cancels, and refuses with exit code 5 what is illegal', async () => {
  const taskId = await createSlow('127.13.0.0/20');
  await eventually(async () => expect((await system.api.getTask(taskId)).status).toBe('RUNNING'));
  const idle = await run('task', 'resume', taskId);
  expect(idle).toMatchObject({ code: 0, stdout: `${taskId}  RUNNING\n` });
  expect(idle.stderr).toBe(`task ${taskId} is RUNNING already\n`);
  expect(await run('task', 'pause', taskId, '--reason', 'lunch')).toMatchObject({
    code: 0,
    stdout: `${taskId}  PAUSED\n`,
  });
  expect(await run('task', 'pause', taskId)).toMatchObject({ code: 0, stdout: `${taskId}  PAUSED\n` });
  expect(await runJson('task', 'resume', taskId)).toMatchObject({ status: 'RUNNING' });

  const watching = startCli(['task', 'watch', taskId], system.dir);
  await new Promise((resolve) => watching.process.stderr!.once('data', resolve));
  expect(await run('task', 'cancel', taskId)).toMatchObject({ code: 0, stdout: `${taskId}  CANCELLED\n` });
  const watched = await watching.ended;
  expect(watched).toMatchObject({ code: 6, stdout: expect.stringContaining('CANCELLED') });
  const refused = await runProgram('task', 'resume', taskId);
  expect(refused).toMatchObject({ code: 5, stdout: '' });
  expect(refused.stderr).toMatch(/allowed: nothing/);
  const task = await waitUntilSettled(system.api, taskId);
  expect(task.status_history.find(({ status }) => status === 'PAUSED')).toMatchObject({ reason: 'lunch' });
  await assertConsistent(system.api, taskId);
});

it('scans again the failed addresses of a COMPLETED task: one address, and all of them', async () => {
  const words = 'task create 127.0.15.126-129 --pool narrow --ports 80';
  const { code, stdout } = await run(...words.split(' '), '--watch');
  expect(code).toBe(0);
  expect(stdout).toMatch(/ COMPLETED .*\n2 of 4 addresses failed, most often OUT_OF_SCOPE \(2 attempts\)\n$/);
  const taskId = stdout.split(' ')[1]!;
  type Listed = { items: { subtask_id: string; ip: string }[] };
  const { items } = await runJson<Listed>('subtask', 'list', taskId, '--status', 'FAILED');
  expect(items.map(({ ip }) => ip).sort()).toEqual(['127.0.15.128', '127.0.15.129']);
  const { subtask_id } = items[0]!;
  const { code: shown, stdout: text } = await run('subtask', 'get', subtask_id);
  expect(shown).toBe(0);
  expect(text).toMatch(/^error +OUT_OF_SCOPE: /m);

  const failedAgain = (attempt: number) => async () => {
    const one = await runJson<{ status: string; attempt: number }>('subtask', 'get', subtask_id);
    expect(one).toMatchObject({ status: 'FAILED', attempt });
  };
  expect(await run('task', 'retry', taskId)).toMatchObject({ code: 0, stdout: `${taskId}  retried 2\n` });
  await eventually(failedAgain(2));
  await waitUntilSettled(system.api, taskId);
  const again = await run('subtask', 'retry', subtask_id, '--reason', 'wider');
  expect(again).toMatchObject({ code: 0, stdout: `${subtask_id}  retried 1\n` });
  await eventually(failedAgain(3));
  await waitUntilSettled(system.api, taskId);
  const { task } = await assertConsistent(system.api, taskId);
  const statuses = task.status_history.map(({ status }) => status);
  expect(statuses.slice(-5)).toEqual(['COMPLETED', 'RUNNING', 'COMPLETED', 'RUNNING', 'COMPLETED']);
  expect((await run('subtask', 'retry', 'none')).code).toBe(3);
});

it('makes one freeze of a freeze whose answer is lost', async () => {
  const { api_url, api_key } = system.stack.describe();
  const proxy = await createTcpProxy(api_url);
  const lost = proxy.loseReply('POST /api/freezes');
  const env = { CYBERSTROLL_URL: proxy.url, CYBERSTROLL_API_KEY: api_key };
  const words = ['--json', 'freeze', 'create', '--pool', 'none-of-these', '--reason', 'the answer is lost'];
  const { code, stdout } = await runCli(undefined, words, { cwd: elsewhere, env });
  await lost;
  await proxy.close();
  expect(code).toBe(0);
  const { freeze_id } = JSON.parse(stdout) as { freeze_id: string };
  const { items } = await runJson<{ items: { freeze_id: string }[] }>('freeze', 'list');
  expect(items.map((each) => each.freeze_id)).toEqual([freeze_id]);
  await run('freeze', 'lift', freeze_id);
});

describe('operating the stack', () => {
  it('the doctor finds no fault in the running stack', async () => {
    // It may find that a busy machine answers late.
    await eventually(async () => {
      const { code, stdout, stderr } = await run('doctor');
      const lines = stdout.split('\n');
      expect({ code, stderr, bad: lines.filter((line) => /^(warn|fail)/.test(line)) }).toEqual({
        code: 0,
        stderr: expect.stringContaining('no check failed'),
        // The tests' MongoDB.
        bad: [expect.stringMatching(/^warn {2}mongodb replica set: .*members: 1$/)],
      });
      expect(lines.filter((line) => /^ok {4}service .*: ready$/.test(line))).toHaveLength(10);
      expect(stdout).toMatch(/^ok {4}rabbitmq arguments and bindings: .*cs\.jobs\.slow/m);
    });
  });

  // The last: it is of every task that has ended.
  it('a task that is cleaned up is gone soon after, with its results', async () => {
    const words = ['task', 'create', '127.0.12.0/28', '--ports', port, '--watch'];
    const taskId = (await run(...words)).stdout.split(' ')[1]!;
    const running = await createSlow('127.0.16.0/20');
    await eventually(async () => {
      const expired = await runJson<{ tasks: { task_id: string }[] }>('task', 'clean-up', '--days', '0', '--yes');
      expect(expired.tasks.map(({ task_id }) => task_id)).toContain(taskId);
    });
    await eventually(async () => expect((await run('task', 'get', taskId)).code).toBe(3));
    expect((await run('subtask', 'list', taskId)).code).toBe(3);
    expect((await run('task', 'cancel', running)).code).toBe(0);
  });
});

it('reads the drivers of the backing services only for commands that need them', () => {
  const dist = join(__dirname, '../../packages/clients/cli/dist');
  const readSources = (bundle: string) => JSON.parse(readFileSync(join(dist, `${bundle}.map`), 'utf8')).sources.join();
  const drivers = /node_modules\/(amqplib|mongodb|ioredis)\//;
  expect(readSources('bundle.js')).not.toMatch(drivers);
  expect(readSources('backing-services/bundle.js')).toMatch(drivers);
});
