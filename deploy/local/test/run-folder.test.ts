import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findProcessIdentity, isAlive } from '@cyberstroll/runtime';
import { removeFolder } from '../src/remove-folder';
import { makeRunFolder, toEnginesDir } from './setup/run-folder';

let engine: ChildProcess;
let folders: string[];

beforeEach(() => {
  folders = [];
  engine = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
});
afterEach(async () => {
  engine.kill('SIGKILL');
  for (const folder of folders) await removeFolder(folder);
});

it('a run has its own folder; what a killed run left is ended and removed, that of a living one stays', async () => {
  const parent = join(tmpdir(), `cyberstroll-tests-${userInfo().uid}`);
  const [killed, living] = ['999999999', String(process.ppid)].map((pid) => join(parent, pid)) as [string, string];
  folders.push(killed, living);
  for (const run of folders) mkdirSync(join(toEnginesDir(run), 'redis'), { recursive: true });
  const identity = findProcessIdentity(engine.pid!)!;
  const record = { name: 'redis', process: identity, owner: { pid: 999_999_999, start_time: 'long:ago' } };
  writeFileSync(join(toEnginesDir(killed), 'redis/redis.process.json'), JSON.stringify(record));
  const folder = await makeRunFolder();
  folders.push(folder);
  expect([killed, living, folder].map(existsSync)).toEqual([false, true, true]);
  expect(isAlive(identity)).toBe(false);
});
