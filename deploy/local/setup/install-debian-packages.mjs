import { getEnginePrograms } from './engine-programs.mjs';
import { runStep, SetupError } from './run-step.mjs';

/** Installs Debian packages, as root or through sudo. Throws, naming them, where that cannot be done. */
export async function installDebianPackages(names) {
  const { findOnPath } = getEnginePrograms();
  const needed = `install ${names.join(', ')} with your system's package manager, then run this again`;
  if (!findOnPath('apt-get')) throw new SetupError(`this is no Debian: ${needed}`);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !findOnPath('sudo')) throw new SetupError(`neither root nor sudo: ${needed}`);
  // `env` since sudo drops the environment; `-n` since nobody may be there to type a password.
  const aptGet = [...(isRoot ? [] : ['sudo', '-n']), 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  const run = (...args) =>
    runStep(`apt-get ${args[0]}`, aptGet[0], [...aptGet.slice(1), ...args], { onFailure: `Or ${needed}.` });
  await run('update');
  await run('install', '-y', '--no-install-recommends', ...names);
}
