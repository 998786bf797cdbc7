/**
 * Bundles of the services that are as new as their sources, and engines for one jest run: those of `npm run engines`
 * when they are up, else private ones that the teardown stops. JEST_ENGINES=none starts nothing, for runs of pure unit
 * tests. RABBITMQ_URL, MONGODB_URI and REDIS_URL are respected.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { localDir } from '../../setup/programs.cjs';
import { endLeftEngines } from '../../src/engines/end-left-engines';
import { findSharedEngines } from '../../src/engines/shared-engines';
import { type Engines, startEngines } from '../../src/engines/start-engines';
import { findProcessIdentity } from '../../src/process-identity';
import { removeFolder } from '../../src/remove-folder';
import { endLeftStacks } from '../../src/stack/end-left-stacks';

const runsDir = join(localDir, 'test-engines');

declare global {
  var startedEngines: { engines: Engines; dir: string } | undefined;
}

export default async function globalSetup(): Promise<void> {
  if (process.env['JEST_ENGINES'] === 'none') return;
  execFileSync(process.execPath, [join(__dirname, '../../setup/bundle.mjs')], { stdio: 'inherit' });
  const shared = findSharedEngines();
  if (shared) {
    exportUrls(shared);
    return;
  }
  await removeLeftRuns();
  const dir = join(runsDir, String(process.pid));
  const engines = await startEngines({ dir, environment: process.env });
  globalThis.startedEngines = { engines, dir };
  exportUrls(engines);
  // One that MONGODB_URI names outlives the run.
  if (engines.mongodb.pid !== undefined) process.env['TEST_MONGODB_ENDS_WITH_RUN'] = 'true';
}

function exportUrls(
  urls: Pick<Engines, 'rabbitmq_url' | 'rabbitmq_management_url' | 'mongodb_uri' | 'redis_url'>,
): void {
  process.env['TEST_RABBITMQ_URL'] = urls.rabbitmq_url;
  process.env['TEST_RABBITMQ_MANAGEMENT_URL'] = urls.rabbitmq_management_url;
  process.env['TEST_MONGODB_URI'] = urls.mongodb_uri;
  process.env['TEST_REDIS_URL'] = urls.redis_url;
}

/** Ends the stacks and the engines of runs that were killed, and removes their data. */
async function removeLeftRuns(): Promise<void> {
  await endLeftStacks(console.info);
  for (const run of existsSync(runsDir) ? readdirSync(runsDir) : []) {
    if (findProcessIdentity(Number(run))) continue;
    const dir = join(runsDir, run);
    await endLeftEngines(dir);
    await removeFolder(dir);
  }
}
