import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVenv } from './create-venv.mjs';
import { localDir, rootDir, runStep, say } from './run-step.mjs';

const requirements = join(rootDir, 'deploy/examples/python-node/requirements.txt');
const venv = join(localDir, 'python-node');
/** The requirements that are installed: written last. */
const installed = join(venv, 'installed.txt');

/** A Python with what the example node in Python needs, which the tests run. */
export async function installPythonNode() {
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(requirements, 'utf8')) return;
  say('installing what the example node in Python needs (some seconds)');
  await createVenv(venv);
  const install = ['install', '--disable-pip-version-check', '-r', requirements];
  await runStep('pip install', join(venv, 'bin/pip'), install, { onFailure: 'Is the package registry reachable?' });
  copyFileSync(requirements, installed);
}
