/**
 * `npm run engines`: private engines that test runs share until Ctrl-C, so that jest need not start its own each time.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProcessIdentity, getOwnIdentity } from '@cyberstroll/runtime';
import { localDir } from '../setup/programs.cjs';
import { findSharedEngines, type SharedEngines, sharedEnginesFile } from './engines/shared-engines';
import { startEngines } from './engines/start-engines';
import { createInterruption } from './interruption';

async function main(): Promise<void> {
  const running = findSharedEngines();
  if (running) {
    console.log(`engines are running already, kept by process ${running.processes[0]?.pid}`);
    return;
  }
  const { interrupted } = createInterruption();
  const engines = await startEngines({ dir: join(localDir, 'dev-engines'), log: console.log });
  const shared: SharedEngines = {
    rabbitmq_url: engines.rabbitmq_url,
    rabbitmq_management_url: engines.rabbitmq_management_url,
    mongodb_uri: engines.mongodb_uri,
    redis_url: engines.redis_url,
    processes: [getOwnIdentity(), ...engines.pids.flatMap((pid) => findProcessIdentity(pid) ?? [])],
  };
  writeFileSync(sharedEnginesFile, JSON.stringify(shared, null, 2), { mode: 0o600 });
  console.log(`engines are up; test runs use them until Ctrl-C (${sharedEnginesFile})`);

  await interrupted;
  rmSync(sharedEnginesFile, { force: true });
  await engines.stop();
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
