import { installDebianPackages } from './install-debian-packages.mjs';
import { findOnPath } from './programs.cjs';
import { runStep, SetupError } from './run-step.mjs';

const CHECK_VERSION = 'import sys; sys.exit(sys.version_info < (3, 11))';

/** Makes an empty virtual environment of Python 3.11 or newer. Installs what Debian has in packages of their own. */
export async function createVenv(venv) {
  if (!findOnPath('python3')) await installDebianPackages(['python3', 'python3-venv']);
  const python = findOnPath('python3');
  if (!python) throw new SetupError('python3 was installed, but its program is not where expected');
  await runStep('the check of python3', python, ['-c', CHECK_VERSION], {
    onFailure: 'Python 3.11 or newer is needed.',
  });
  const create = () => runStep('python3 -m venv', python, ['-m', 'venv', '--clear', venv]);
  try {
    await create();
  } catch {
    await installDebianPackages(['python3-venv']);
    await create();
  }
}
