/**
 * The folder of one run of tests: the data of its engines and, as TMPDIR, whatever its tests write. It is in memory
 * where there is enough, since engines wait for the disk at each commit. What a test sees is the same: a process that
 * is killed leaves as much in memory as on a disk, and no test cuts the power.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { freemem, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findProcessIdentity } from '@cyberstroll/runtime';
import { endLeftEngines } from '../../src/engines/end-left-engines';
import { removeFolder } from '../../src/remove-folder';
import { endLeftStacks } from '../../src/stack/end-left-stacks';

const MEMORY = '/dev/shm';
/** Whole runs have written 0.6 GB, beside 6 GB of processes. */
const MEMORY_BYTES = 7_000_000_000;

const toParent = (dir: string): string => join(dir, `cyberstroll-tests-${userInfo().uid}`);

/** Makes it. What runs that were killed have left is ended and removed first. */
export async function makeRunFolder(): Promise<string> {
  for (const dir of [MEMORY, tmpdir()]) await removeLeftRuns(toParent(dir));
  const folder = join(toParent(hasMemory() ? MEMORY : tmpdir()), String(process.pid));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Where the engines of a run have their data. */
export const toEnginesDir = (folder: string): string => join(folder, 'engines');

async function removeLeftRuns(parent: string): Promise<void> {
  for (const run of existsSync(parent) ? readdirSync(parent) : []) {
    if (findProcessIdentity(Number(run))) continue;
    const folder = join(parent, run);
    await endLeftStacks(console.info, folder);
    await endLeftEngines(toEnginesDir(folder));
    await removeFolder(folder);
  }
}

/** Whether there is enough. Tests also run programs that they write, so it must not be mounted with `noexec`. */
function hasMemory(): boolean {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .find(([, dir]) => dir === MEMORY);
  if (!mount || mount[3]!.split(',').includes('noexec')) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return Math.min(bavail * bsize, freemem()) >= MEMORY_BYTES;
}
