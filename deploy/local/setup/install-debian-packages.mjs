import { findOnPath } from './programs.cjs';
import { runStep, SetupError } from './run-step.mjs';

/** apt-get has a lock: steps that run beside each other take turns. */
let lastTurn = Promise.resolve();

/** Installs Debian packages, as root or through sudo. Throws, naming them, where that cannot be done. */
export function installDebianPackages(names) {
  const turn = lastTurn.then(() => install(names));
  lastTurn = turn.catch(() => {});
  return turn;
}

async function install(names) {
  const aptGet = findAptGet(names);
  await aptGet('update');
  await aptGet('install', '-y', '--no-install-recommends', ...names);
}

/** Unpacks a Debian package into a directory and installs nothing: nobody's service starts. */
export async function unpackDebianPackage(name, dir) {
  const download = () => runStep('apt-get download', 'env', ['-C', dir, 'apt-get', 'download', name]);
  if (!findOnPath('apt-get')) throw new SetupError(`this is no Debian: ${toNeeded([name])}`);
  // A fresh machine has no lists yet, and old ones name what is not there any more.
  await download().catch(async () => {
    await findAptGet([name])('update');
    await download();
  });
  await runStep('dpkg-deb', 'sh', ['-c', `dpkg-deb -x "$0"/${name}_*.deb "$0" && rm "$0"/${name}_*.deb`, dir]);
}

const toNeeded = (names) => `install ${names.join(', ')} with your system's package manager, then run this again`;

/** apt-get with the right to change the system. */
function findAptGet(names) {
  const needed = toNeeded(names);
  if (!findOnPath('apt-get')) throw new SetupError(`this is no Debian: ${needed}`);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !findOnPath('sudo')) throw new SetupError(`neither root nor sudo: ${needed}`);
  // `env` since sudo drops the environment; `-n` since nobody may be there to type a password.
  const aptGet = [...(isRoot ? [] : ['sudo', '-n']), 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  return (...args) =>
    runStep(`apt-get ${args[0]}`, aptGet[0], [...aptGet.slice(1), ...args], { onFailure: `Or ${needed}.` });
}
