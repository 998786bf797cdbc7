/**
 * What docs/operations.md says of a backup, done to a rig with engines of its own: a copy of MongoDB's volume, of one
 * moment, and the system on it again, with RabbitMQ and Redis as empty as the page asks for.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { callManagement, eventually } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import type { Rig } from './rig';

const toVolume = (rig: Rig) => join(rig.dir, '.local/engines/mongodb/data');
const toCopy = (rig: Rig) => join(rig.dir, 'backup');

/** As a snapshot of the volume, or `docker compose pause` and a copy: the process neither writes nor knows. */
export async function backUp(rig: Rig): Promise<void> {
  const pid = rig.stack.engines!.mongodb.pid!;
  process.kill(pid, 'SIGSTOP');
  try {
    // The signal has arrived.
    await eventually(() => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
    cpSync(toVolume(rig), toCopy(rig), { recursive: true });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** Resolves when nothing runs but the engines, and they hold the backup alone. */
export async function restore(rig: Rig): Promise<void> {
  const { mongodb } = rig.stack.engines!;
  await Promise.all(rig.stack.services.map((service) => service.stop(0)));
  await mongodb.stop();
  rmSync(toVolume(rig), { recursive: true });
  cpSync(toCopy(rig), toVolume(rig), { recursive: true });
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
