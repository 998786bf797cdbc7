/**
 * Runs every test, or those that the arguments name: all arguments go to jest, which has one set of engines for all of
 * them. What failed runs once more, alone. A file that passes then is flaky: it is listed, and kept in
 * `.local/flaky.log`. The run is green all the same, unless three are flaky. The last line is `N passed, N failed`.
 *
 * `--busy N`, the first argument if it is there: N busy loops run beside the tests, as on a machine that others use.
 * `--clients`, `--containers` or `--packages`, the first argument: only these tests, which are no part of the others.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { localDir } from '../setup/programs.cjs';
import { type TestFile, toFiles, toVerdict } from './run-tests/verdict';

const rootDir = dirname(localDir);
/** With more failed files than this, something is broken, and not flaky. */
const MOST_REPEATED = 10;
/** Without those that are commands of their own. */
const ALL = ['pure', 'parts', 'systems'];
/** For two cores. With four, a fifth of their time is left where the machine is fast: many tests wait. */
const WORKERS = 6;
/** It ends with its parent. */
const BUSY_LOOP = `
  process.on('disconnect', () => process.exit());
  (function turn() {
    for (let i = 0; i < 1e8; i++);
    setImmediate(turn);
  })();
`;

const args = process.argv.slice(2);
const busyLoops = args[0] === '--busy' ? Number(args.splice(0, 2)[1]) : 0;
const apart = (['clients', 'containers', 'packages'] as const).find((name) => args[0] === `--${name}`);
if (apart) args.shift();
const children = new Set<ChildProcess>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of children) child.kill(signal);
  });
}

/** Runs jest; one entry for each test file. */
async function runJest(name: string, options: string[]): Promise<TestFile[]> {
  const resultsFile = join(localDir, `test-results-${name}.json`);
  rmSync(resultsFile, { force: true });
  const jest = [join(rootDir, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${resultsFile}`];
  const child = spawn(process.execPath, [...jest, '--passWithNoTests', ...options], { cwd: rootDir, stdio: 'inherit' });
  children.add(child);
  const [code, signal] = await once(child, 'exit');
  children.delete(child);
  const files = readFiles(resultsFile);
  if (code === 0 || files.some(({ failures }) => failures.length > 0)) return files;
  const message = `ended with ${signal ?? code}`;
  return [...files, { path: `jest (${name})`, seconds: 0, passed: 0, failures: [{ test: '-', message }] }];
}

function readFiles(resultsFile: string): TestFile[] {
  try {
    return toFiles(JSON.parse(readFileSync(resultsFile, 'utf8')), rootDir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}

const runProjects = (projects: readonly string[], workers: number) =>
  runJest(apart ?? 'all', [...args, '--selectProjects', ...projects, `--maxWorkers=${workers}`]);

async function runAgain(files: readonly TestFile[]): Promise<TestFile[]> {
  // A failure of jest itself has no file.
  const failed = files.filter(({ path, failures }) => failures.length > 0 && existsSync(join(rootDir, path)));
  const paths = failed.map(({ path }) => path);
  if (paths.length === 0 || paths.length > MOST_REPEATED) return [];
  console.log(`once more, alone: ${paths.join(' ')}`);
  // Runs with and without `--containers` may be there at the same time.
  return runJest(`${apart ?? 'all'}-again`, ['--runTestsByPath', ...paths, '--maxWorkers=1']);
}

const startBusyLoop = (): ChildProcess =>
  spawn(process.execPath, ['-e', BUSY_LOOP], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

function keepSeconds(files: readonly TestFile[]): void {
  const lines = [...files].sort((a, b) => b.seconds - a.seconds).map(({ path, seconds }) => `${seconds} ${path}\n`);
  writeFileSync(join(localDir, 'test-seconds.txt'), lines.join(''));
}

async function main(): Promise<void> {
  mkdirSync(localDir, { recursive: true, mode: 0o700 });
  const loops = Array.from({ length: busyLoops }, startBusyLoop);
  const first = await (apart ? runProjects([apart], 1) : runProjects(ALL, WORKERS));
  if (!apart) keepSeconds(first);
  const { passed, failed, flaky } = toVerdict(first, await runAgain(first));
  for (const loop of loops) loop.disconnect();
  const lines = flaky.map(({ path, test, message }) => `flaky: ${path} > ${test}: ${message}`);
  for (const line of lines) console.log(line);
  const now = new Date().toISOString();
  appendFileSync(join(localDir, 'flaky.log'), lines.map((line) => `${now} ${line}\n`).join(''));
  process.exitCode = failed === 0 ? 0 : 1;
  console.log(`${passed} passed, ${failed} failed`);
}

void main();
