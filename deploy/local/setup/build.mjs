import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isStale } from './is-stale.mjs';
import { rootDir, runStep, say } from './run-step.mjs';

const dashboard = join(rootDir, 'packages/clients/dashboard');
/** What the dashboard is made of. */
const sources = [
  'packages/clients/client/src',
  'packages/clients/dashboard',
  'packages/clients/words/src',
  'packages/contracts/src',
  'packages/grid/src',
  'packages/state-machine/src',
  'packages/targets/src',
  'packages/task-state/src',
  'docs/runbooks',
].map((path) => join(rootDir, path));

/** Compiles what has changed. */
export async function compile() {
  if (!existsSync(join(rootDir, 'deploy/local/dist/index.js'))) say('building (some seconds)');
  // Each further checker of a project checks again what its files have in common: half more CPU time.
  const tsc = [join(rootDir, 'node_modules/typescript/bin/tsc'), '-b', '--checkers', '1'];
  await runStep('the build', process.execPath, tsc);
}

/** Bundles the services and the dashboard, where a source has changed. */
export async function bundle() {
  await runStep('the bundles', process.execPath, [join(rootDir, 'deploy/local/setup/bundle.mjs')]);
  if (!isStale(join(dashboard, 'dist/index.html'), sources)) return;
  say('building the dashboard (some seconds)');
  const vite = join(dashboard, 'node_modules/vite/bin/vite.js');
  await runStep('the build of the dashboard', process.execPath, [vite, 'build', dashboard]);
}
