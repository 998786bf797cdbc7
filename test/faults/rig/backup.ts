/**
 * What docs/operations.md says of a backup, done to a rig with engines of its own: `cyberstroll backup`, and the system
 * on that volume again, with RabbitMQ and Redis as empty as the page asks for. By hand, since the rig's engines run on.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callManagement } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { startCli } from '../../e2e/run-cli';
import type { Rig } from './rig';

const toVolume = (rig: Rig) => join(rig.dir, '.local/engines/mongodb/data');
const BACKUP = 'one.backup';

/** While the system works: services wait for MongoDB, which is paused. */
export async function backUp(rig: Rig): Promise<void> {
  const { code, stderr } = await startCli(['backup', BACKUP], rig.dir, { PATH: process.env['PATH']! }).ended;
  if (code !== 0) throw new Error(stderr);
}

/** Resolves when nothing runs but the engines, and they hold the backup alone. */
export async function restore(rig: Rig): Promise<void> {
  const { mongodb } = rig.stack.engines!;
  await Promise.all(rig.stack.services.map((service) => service.stop(0)));
  await mongodb.stop();
  rmSync(toVolume(rig), { recursive: true });
  mkdirSync(toVolume(rig));
  execFileSync('tar', ['--extract', '--gzip', '--file', join(rig.dir, BACKUP), '--directory', toVolume(rig)]);
  await mongodb.start();
  await deleteQueues(rig);
  await deleteKeys(rig);
}

async function deleteQueues({ managementUrl }: Rig): Promise<void> {
  const queues = (await callManagement(managementUrl, 'GET', '/api/queues')) as { name: string; vhost: string }[];
  for (const { name, vhost } of queues.filter((queue) => queue.name.startsWith('cs.'))) {
    const path = `/api/queues/${encodeURIComponent(vhost)}/${encodeURIComponent(name)}`;
    await callManagement(managementUrl, 'DELETE', path);
  }
}

async function deleteKeys({ stack }: Rig): Promise<void> {
  const redis = new Redis(stack.describe().redis_url);
  try {
    const keys = await redis.keys('cs:*');
    if (keys.length > 0) await redis.unlink(keys);
  } finally {
    redis.disconnect();
  }
}

export async function startServices(rig: Rig): Promise<void> {
  for (const service of rig.stack.services) service.start();
  await rig.waitUntilReady();
}
