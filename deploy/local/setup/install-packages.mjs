import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir, runStep, SetupError, say } from './run-step.mjs';

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
  const { packageManager } = JSON.parse(read('package.json'));
  say(`installing packages with ${packageManager} (about a minute)`);
  await runStep('installing packages', 'npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    env: { CI: 'true' },
    onFailure: 'Is the package registry reachable?',
  });
}

function read(path) {
  try {
    return readFileSync(join(rootDir, path), 'utf8');
  } catch {
    return undefined;
  }
}
