import { installDebianPackages } from './install-debian-packages.mjs';
import { findChromium } from './programs.cjs';
import { SetupError, say } from './run-step.mjs';

/**
 * Chromium, in which the tests open the dashboard, unless CHROMIUM names one. With a font that has Chinese: Debian's
 * Chromium brings none.
 */
export async function installChromium() {
  if (findChromium()) return;
  if (process.env.CHROMIUM) throw new SetupError(`CHROMIUM names no program: ${process.env.CHROMIUM}`);
  say('installing Chromium for the tests (a minute)');
  await installDebianPackages(['chromium', 'fonts-wqy-microhei']);
  if (!findChromium()) throw new SetupError('Chromium was installed, but its program is not where expected');
}
