import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getEnginePrograms } from './engine-programs.mjs';
import { installDebianPackages } from './install-debian-packages.mjs';
import { localDir, rootDir, runStep, SetupError, say } from './run-step.mjs';

const requirements = join(rootDir, 'deploy/local/setup/schemathesis-requirements.txt');
const venv = join(localDir, 'schemathesis');
/** The requirements that are installed: written last. */
const installed = join(venv, 'requirements.txt');
const CHECK_VERSION = 'import sys; sys.exit(sys.version_info < (3, 11))';

/** schemathesis, which tests the HTTP API against its description: exactly as its requirements file has it. */
export async function installSchemathesis() {
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(requirements, 'utf8')) return;
  say('installing schemathesis for the tests (a minute)');
  const { findOnPath } = getEnginePrograms();
  if (!findOnPath('python3')) await installDebianPackages(['python3', 'python3-venv']);
  const python = findOnPath('python3');
  if (!python) throw new SetupError('python3 was installed, but its program is not where expected');
  await runStep('the check of python3', python, ['-c', CHECK_VERSION], {
    onFailure: 'schemathesis needs Python 3.11 or newer.',
  });
  const createVenv = () => runStep('python3 -m venv', python, ['-m', 'venv', '--clear', venv]);
  try {
    await createVenv();
  } catch {
    // Debian has it in a package of its own.
    await installDebianPackages(['python3-venv']);
    await createVenv();
  }
  const install = ['install', '--disable-pip-version-check', '--no-deps', '--require-hashes', '-r', requirements];
  await runStep('pip install', join(venv, 'bin/pip'), install, { onFailure: 'Is the package registry reachable?' });
  copyFileSync(requirements, installed);
}
