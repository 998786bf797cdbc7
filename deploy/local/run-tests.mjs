// Runs jest with all arguments passed on: first what may run beside others, then, one after another, what must run
// alone. Says
// `N passed, N failed` alone on the last line. A test file that cannot run counts as one failure, and a run without any
// test is one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootDir = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const localDir = join(rootDir, '.local');
mkdirSync(localDir, { recursive: true, mode: 0o700 });

function run(project, ...options) {
  const resultsFile = join(localDir, `test-results-${project.replaceAll(' ', '-')}.json`);
  rmSync(resultsFile, { force: true });
  const jest = [join(rootDir, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${resultsFile}`];
  const args = [...jest, '--selectProjects', project, '--passWithNoTests', ...options, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { cwd: rootDir, stdio: 'inherit' });
  try {
    const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    return { passed: results.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
  } catch {
    // jest itself failed, before it had any result.
    return { passed: 0, failed: 1 };
  }
}

const runs = [run('beside others'), run('alone', '--maxWorkers=1')];
const sum = (of) => runs.reduce((all, one) => all + one[of], 0);
const passed = sum('passed');
const failed = sum('failed') || (passed === 0 ? 1 : 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
