import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVenv } from './create-venv.mjs';
import { pipInstall } from './install-requirements.mjs';
import { localDir, rootDir, runStep, say } from './run-step.mjs';

const requirements = join(rootDir, 'deploy/local/setup/python-node-requirements.txt');
const sdk = join(rootDir, 'packages/nodes/scanner-sdk-python');
const venv = join(localDir, 'python-node');
/** What was installed: written last. */
const installed = join(venv, 'installed.txt');

/**
 * A Python with what the example node in Python needs, which the tests run. The SDK is installed as a link to its
 * sources, so only its manifest and the requirements say when to install again.
 */
export async function installPythonNode() {
  const wanted = [requirements, join(sdk, 'pyproject.toml')].map((file) => readFileSync(file, 'utf8')).join('\n');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return;
  say('installing what the example node in Python needs (some seconds)');
  await createVenv(venv);
  await pipInstall(venv, requirements);
  const link = ['install', '--disable-pip-version-check', '--no-index', '--no-deps', '--no-build-isolation', '-e', sdk];
  await runStep('pip install', join(venv, 'bin/pip'), link);
  writeFileSync(installed, wanted);
}
