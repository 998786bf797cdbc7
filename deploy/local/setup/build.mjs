import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir, runStep, say } from './run-step.mjs';

const dashboard = join(rootDir, 'packages/dashboard');
/** What the dashboard is made of. */
const sources = [
  ...['packages/dashboard', 'packages/client/src', 'packages/grid/src', 'packages/targets/src'],
  ...['packages/state-machine/src', 'docs/runbooks'],
].map((path) => join(rootDir, path));

/** Compiles what has changed. */
export async function build() {
  if (!existsSync(join(rootDir, 'deploy/local/dist/index.js'))) say('building (some seconds)');
  await runStep('the build', process.execPath, [join(rootDir, 'node_modules/typescript/bin/tsc'), '-b']);
  if (!isDashboardStale()) return;
  say('building the dashboard (some seconds)');
  const vite = join(dashboard, 'node_modules/vite/bin/vite.js');
  await runStep('the build of the dashboard', process.execPath, [vite, 'build', dashboard]);
}

/** Whether a source is newer than what was built last. */
function isDashboardStale() {
  const built = join(dashboard, 'dist/index.html');
  if (!existsSync(built)) return true;
  const builtAt = statSync(built).mtimeMs;
  const isNewer = (path) => statSync(path).mtimeMs > builtAt;
  return sources.some((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true }).some(
      (entry) =>
        entry.isFile() &&
        !/\/(node_modules|dist)(\/|$)/.test(entry.parentPath) &&
        isNewer(join(entry.parentPath, entry.name)),
    ),
  );
}
