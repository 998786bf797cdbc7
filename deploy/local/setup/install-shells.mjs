import { installDebianPackages } from './install-debian-packages.mjs';
import { findOnPath } from './programs.cjs';
import { say } from './run-step.mjs';

/** zsh and fish, in which the tests run the completion scripts of the command line. */
export async function installShells() {
  const missing = ['zsh', 'fish'].filter((name) => !findOnPath(name));
  if (missing.length === 0) return;
  say(`installing ${missing.join(' and ')} for the tests (some seconds)`);
  await installDebianPackages(missing);
}
