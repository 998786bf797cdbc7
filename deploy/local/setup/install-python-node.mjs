import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVenv } from './create-venv.mjs';
import { localDir, rootDir, runStep, say } from './run-step.mjs';

const example = join(rootDir, 'packages/nodes/examples/python-node');
const venv = join(localDir, 'python-node');
/** What was installed: written last. */
const installed = join(venv, 'installed.txt');

/**
 * A Python with what the example node in Python needs, which the tests run. The SDK is installed as a link to its
 * sources, so only its manifest and the requirements of the node say when to install again.
 */
export async function installPythonNode() {
  const sources = [
    join(example, 'requirements.txt'),
    join(rootDir, 'packages/nodes/scanner-sdk-python/pyproject.toml'),
  ];
  const wanted = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === wanted) return;
  say('installing what the example node in Python needs (some seconds)');
  await createVenv(venv);
  const install = ['install', '--disable-pip-version-check', '-r', 'requirements.txt'];
  // The path of the SDK is relative to the node's folder.
  const options = { cwd: example, onFailure: 'Is the package registry reachable?' };
  await runStep('pip install', join(venv, 'bin/pip'), install, options);
  writeFileSync(installed, wanted);
}
