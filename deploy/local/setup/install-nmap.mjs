import { installDebianPackages } from './install-debian-packages.mjs';
import { findOnPath } from './programs.cjs';
import { SetupError, say } from './run-step.mjs';

/**
 * nmap, which the tests of the nmap scanner run. Installed by apt, since it needs libraries and data files of other
 * packages.
 */
export async function installNmap() {
  if (findOnPath('nmap')) return;
  say('installing nmap for the tests (some seconds)');
  await installDebianPackages(['nmap']);
  if (!findOnPath('nmap')) throw new SetupError('nmap was installed, but its program is not where expected');
}
