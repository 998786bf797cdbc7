import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createVenv } from './create-venv.mjs';
import { localDir, rootDir, runStep, say } from './run-step.mjs';

/** Programs in Python, `.local/<name>`: exactly as `<name>-requirements.txt` has them. */
export async function installRequirements(name) {
  const requirements = join(rootDir, `deploy/local/setup/${name}-requirements.txt`);
  const venv = join(localDir, name);
  // The requirements that are installed: written last.
  const installed = join(venv, 'requirements.txt');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(requirements, 'utf8')) return;
  say(`installing ${name} (a minute)`);
  await createVenv(venv);
  await pipInstall(venv, requirements);
  copyFileSync(requirements, installed);
}

/** Exactly what the file lists, each package by its hash. */
export function pipInstall(venv, requirements) {
  const install = ['install', '--disable-pip-version-check', '--no-deps', '--require-hashes', '-r', requirements];
  return runStep('pip install', join(venv, 'bin/pip'), install, { onFailure: 'Is the package registry reachable?' });
}
