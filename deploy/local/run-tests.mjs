// Runs jest with all arguments passed on, and says `N passed, N failed` alone on the last line. A test file that cannot run
// counts as one failure, and a run without any test is one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootDir = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const resultsFile = join(rootDir, '.local/test-results.json');

mkdirSync(dirname(resultsFile), { recursive: true, mode: 0o700 });
rmSync(resultsFile, { force: true });
const jest = [join(rootDir, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${resultsFile}`];
const { status } = spawnSync(process.execPath, [...jest, ...process.argv.slice(2)], { cwd: rootDir, stdio: 'inherit' });

let passed = 0;
let failed = 0;
try {
  const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
  passed = results.numPassedTests;
  failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
} catch {
  // jest itself failed, before it had any result.
}
if (failed === 0 && (status !== 0 || passed === 0)) failed = 1;
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
