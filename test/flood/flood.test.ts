import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '@cyberstroll/local';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { getServices } from '../e2e/test-stack';
import { findBrokenPromises } from './find-broken-promises';
import { type FloodSystem, runFlood, startFloodSystem } from './run-flood';

let testbed: Testbed;
let system: FloodSystem;
const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-flood-'));

beforeAll(async () => {
  testbed = await createTestbed();
  system = await startFloodSystem({
    dir,
    engines: testbed,
    environment: { REDIS_PREFIX: testbed.redis_prefix },
    services: getServices(),
    readyTimeoutMs: 300_000,
    serviceEnvironment: {
      // No read gets 503 because the machine is slow.
      'task-api': { MAX_BACKLOG: '200', MAX_UPDATE_LAG: '2', ANSWER_WITHIN_MS: '120000' },
      'state-updater': { BATCH_ENVELOPES: '4' },
    },
  });
}, 900_000);
afterAll(async () => {
  await system?.stop();
  await testbed?.cleanup();
  await removeFolder(dir);
}, 900_000);

// `npm run flood` is the long form. MongoDB is slower here and batches are small, so that 20 times the sustained rate
// is not much, and soon applied afterwards.
it('20 times what is sustained: tasks are refused, memory stays flat, pushes continue, and all is applied once', async () => {
  const figures = await runFlood(system, { factor: 20, seconds: 8, slowMs: 100, sample: 320 });
  expect(findBrokenPromises(figures)).toEqual([]);
}, 900_000);
