import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getEnginePrograms } from './engine-programs.mjs';
import { installDebianPackages } from './install-debian-packages.mjs';
import { localDir, rootDir, runStep, SetupError, say } from './run-step.mjs';

/** A Python with what the example node in Python needs, which the tests run. */
export async function installPythonNode() {
  const requirements = join(rootDir, 'deploy/examples/python-node/requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  const venv = join(localDir, 'python-node');
  const installed = join(venv, 'installed.txt');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return;
  const python = getEnginePrograms().findOnPath('python3');
  if (!python) throw new SetupError('no python3: the tests run a node in Python');
  say('installing what the example node in Python needs (some seconds)');
  const createVenv = () => runStep('python3 -m venv', python, ['-m', 'venv', '--clear', venv]);
  try {
    await createVenv();
  } catch {
    await installDebianPackages(['python3-venv']);
    await createVenv();
  }
  const pip = join(venv, 'bin/pip');
  await runStep('pip install', pip, ['install', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(installed, wanted);
}
