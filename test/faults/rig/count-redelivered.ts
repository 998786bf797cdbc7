import { setTimeout as delay } from 'node:timers/promises';
import { QUEUES } from '@cyberstroll/contracts';
import { callManagement } from '@cyberstroll/testkit';

/** How often a queue tells the management API of itself, in milliseconds. */
const TOLD_EVERY_MS = 5_000;

interface QueueView {
  name: string;
  message_stats?: { redeliver?: number };
}

/** See `Rig`. */
export async function countRedelivered(managementUrl: string, rabbitmqUrl: string): Promise<Record<string, number>> {
  await delay(TOLD_EVERY_MS + 500);
  const vhost = encodeURIComponent(decodeURIComponent(new URL(rabbitmqUrl).pathname.slice(1)) || '/');
  const queues = (await callManagement(managementUrl, 'GET', `/api/queues/${vhost}`)) as QueueView[];
  const ours = queues.filter(({ name }) => name === QUEUES.stateUpdates.name || name.startsWith('cs.jobs.'));
  const counts = ours.map(({ name, message_stats }) => [name, message_stats?.redeliver ?? 0] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
