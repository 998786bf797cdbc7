/**
 * Bundles of the services that are as new as their sources, and engines for one jest run: those of `npm run engines`
 * when they are up, else private ones that the teardown stops. JEST_ENGINES=none starts nothing, for runs of pure unit
 * tests. RABBITMQ_URL, MONGODB_URI and REDIS_URL are respected.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findSharedEngines } from '../../src/engines/shared-engines';
import { type Engines, startEngines } from '../../src/engines/start-engines';
import { makeRunFolder, toEnginesDir } from './run-folder';

declare global {
  var testRun: { folder: string; engines?: Engines } | undefined;
}

export default async function globalSetup(): Promise<void> {
  if (process.env['JEST_ENGINES'] === 'none') return;
  execFileSync(process.execPath, [join(__dirname, '../../setup/bundle.mjs')], { stdio: 'inherit' });
  const folder = await makeRunFolder();
  globalThis.testRun = { folder };
  // Of workers, and of what they start. A stack that is kept outlives the run.
  if (!process.env['KEEP_STACK']) process.env['TMPDIR'] = folder;
  const shared = findSharedEngines();
  if (shared) {
    exportUrls(shared);
    return;
  }
  const engines = await startEngines({ dir: toEnginesDir(folder), environment: process.env });
  globalThis.testRun.engines = engines;
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
