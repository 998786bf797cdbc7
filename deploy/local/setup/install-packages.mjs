import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPnpm } from './install-pnpm.mjs';
import { localDir, rootDir, runStep, SetupError, say } from './run-step.mjs';

/**
 * The workspace's packages, exactly as the lockfile has them. pnpm writes its own copy of the lockfile when it is done.
 */
export async function installPackages() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(`Node ${process.version} is too old: 20.19 or newer is needed`);
  }
  const wanted = read('pnpm-lock.yaml');
  if (read('node_modules/.pnpm/lock.yaml') === wanted && read('node_modules/.modules.yaml') !== undefined) return;
  say('installing packages with pnpm (about a minute)');
  await runStep('installing packages', process.execPath, [findPnpm(), 'install', '--frozen-lockfile'], {
    env: { CI: 'true' },
    onFailure: 'Is the package registry reachable?',
  });
}

function findPnpm() {
  try {
    return installPnpm(join(localDir, 'pnpm'));
  } catch (error) {
    throw new SetupError(`pnpm cannot be installed: ${error.message}`);
  }
}

function read(path) {
  try {
    return readFileSync(join(rootDir, path), 'utf8');
  } catch {
    return undefined;
  }
}
