import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import {
  type Diagnosis,
  diagnoseVersion,
  doubtful,
  faulty,
  orSound,
  sound,
  type TlsMaterial,
} from '@cyberstroll/runtime';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { inspectDeclarations } from './inspect-declarations';

export const LEAST_RABBITMQ = '3.10';
const TIMEOUT_MS = 3_000;
const DECLARE = 'restart a service: each declares what is missing';
const TAKERS: Record<string, string> = {
  [QUEUES.stateUpdates.name]: 'state-updater',
  [QUEUES.heartbeats.name]: 'heartbeat-monitor',
  [QUEUES.deadLetters.name]: 'retry-scheduler',
};

export interface InspectBrokerOptions {
  url: string;
  tls?: TlsMaterial;
  /** `http://user:password@host:15672`. AMQP itself can tell neither arguments nor bindings. */
  managementUrl?: string | undefined;
}

/** Looks at RabbitMQ as the services would find it, by passive declarations; changes nothing. Never rejects because of what it finds. */
export async function inspectBroker({ url, tls = {}, managementUrl }: InspectBrokerOptions): Promise<Diagnosis[]> {
  let model: ChannelModel;
  try {
    const clientProperties = { connection_name: 'cyberstroll doctor' };
    model = await connect(url, { ...tls, timeout: TIMEOUT_MS, clientProperties });
  } catch (error) {
    const remedy = 'start it, and check RABBITMQ_URL: host, user and password, vhost, amqps://';
    return [faulty('rabbitmq', `cannot be reached: ${toMessage(error)}`, remedy)];
  }
  model.on('error', () => undefined);
  try {
    return [
      sound('rabbitmq', 'can be reached'),
      diagnoseVersion('rabbitmq version', model.connection.serverProperties.version, LEAST_RABBITMQ),
      ...(await inspectExchanges(model)),
      ...(await inspectQueues(model)),
      ...(await inspectDeclarations(managementUrl, toVhost(url))),
    ];
  } catch (error) {
    const remedy = 'the user needs configure, write and read of `.*` in its vhost';
    return [faulty('rabbitmq', `cannot be looked at: ${toMessage(error)}`, remedy)];
  } finally {
    await model.close().catch(() => undefined);
  }
}

async function inspectExchanges(model: ChannelModel): Promise<Diagnosis[]> {
  const faults: Diagnosis[] = [];
  for (const { name } of Object.values(EXCHANGES)) {
    const missing = await ask(model, (channel) => channel.checkExchange(name));
    if (missing instanceof Error) faults.push(faulty(`rabbitmq exchange ${name}`, missing.message, DECLARE));
  }
  return orSound(faults, 'rabbitmq exchanges', `all ${Object.keys(EXCHANGES).length} are there`);
}

async function inspectQueues(model: ChannelModel): Promise<Diagnosis[]> {
  const faults: Diagnosis[] = [];
  for (const { name } of Object.values(QUEUES)) {
    const check = `rabbitmq queue ${name}`;
    const queue = await ask(model, (channel) => channel.checkQueue(name));
    if (queue instanceof Error) faults.push(faulty(check, queue.message, DECLARE));
    else if (queue.messageCount > 0 && queue.consumerCount === 0) {
      faults.push(doubtful(check, `${queue.messageCount} wait and nobody takes them`, `start a ${TAKERS[name]}`));
    }
  }
  return orSound(faults, 'rabbitmq queues', `all ${Object.keys(QUEUES).length} are there`);
}

/** On a channel of its own, since a refusal closes it. The refusal is the answer. */
async function ask<Answer>(
  model: ChannelModel,
  passively: (channel: Channel) => Promise<Answer>,
): Promise<Answer | Error> {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  try {
    const answer = await passively(channel);
    await channel.close();
    return answer;
  } catch (error) {
    return error as Error;
  }
}

const toVhost = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
const toMessage = (error: unknown): string => (error as Error).message || String((error as { code?: unknown }).code);
