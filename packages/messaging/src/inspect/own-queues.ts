/** The queues `cs.*` of a vhost, for who deletes them all. */
import { parseRabbitmqUrl, type TlsMaterial } from '@cyberstroll/runtime';
import type { ChannelModel } from 'amqplib';
import { createDial } from '../connection/dial';
import { createManagement } from './management';

const TIMEOUT_MS = 5_000;

/** RabbitMQ by AMQP, and its management API, since AMQP does not list queues. */
export interface OwnQueuesOptions {
  url: string;
  tls: TlsMaterial;
  managementUrl: string;
}

/** Connects once, to any host of the URL. */
export async function openOwnQueues({ url, tls, managementUrl }: OwnQueuesOptions) {
  const dial = createDial({ url, tls, name: 'cyberstroll restore', timeoutMs: TIMEOUT_MS });
  const { vhost } = parseRabbitmqUrl(url);
  const management = createManagement(managementUrl, TIMEOUT_MS);
  const model = await connectToAny(dial);
  model.on('error', () => undefined);

  async function list(): Promise<string[]> {
    const queues = await management.read(`/api/queues/${encodeURIComponent(vhost)}?columns=name`);
    const names = (queues as { name: string }[]).map(({ name }) => name);
    return names.filter((name) => name.startsWith('cs.')).sort();
  }

  return {
    list,
    /** Those that somebody consumes. The management API counts consumers too late: it is asked for names alone. */
    async listConsumed(): Promise<string[]> {
      const consumed: string[] = [];
      for (const name of await list()) {
        const channel = await model.createChannel();
        if ((await channel.checkQueue(name)).consumerCount > 0) consumed.push(name);
        await channel.close();
      }
      return consumed;
    },
    /** Resolves with their names. */
    async deleteAll(): Promise<string[]> {
      const names = await list();
      const channel = await model.createChannel();
      for (const name of names) await channel.deleteQueue(name);
      await channel.close();
      return names;
    },
    close: () => model.close(),
  };
}

async function connectToAny({ hosts, connectTo }: ReturnType<typeof createDial>): Promise<ChannelModel> {
  const faults: unknown[] = [];
  for (const host of hosts) {
    try {
      return await connectTo(host);
    } catch (error) {
      faults.push(error);
    }
  }
  throw faults[0];
}
