import { EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import {
  type Diagnosis,
  diagnoseVersion,
  fail,
  ok,
  orOk,
  parseRabbitmqUrl,
  type RabbitmqHost,
  type TlsMaterial,
  unlessLate,
  warn,
} from '@cyberstroll/runtime';
import type { Channel, ChannelModel } from 'amqplib';
import { createDial } from '../connection/dial';
import { inspectAlarms, inspectDeclarations } from './inspect-declarations';
import { inspectReplicas } from './inspect-replicas';
import { createManagement, type Management, type QuorumQueue, readReplicas } from './management';

const LEAST_RABBITMQ = '3.10';
const TIMEOUT_MS = 3_000;
const DECLARE = 'restart a service: each declares what is missing';
const CONSUMERS: Record<string, string> = {
  [QUEUES.stateUpdates.name]: 'state-updater',
  [QUEUES.heartbeats.name]: 'heartbeat-monitor',
  [QUEUES.deadLetters.name]: 'retry-scheduler',
};

export interface InspectBrokerOptions {
  url: string;
  tls?: TlsMaterial;
  /**
   * `http://user:password@host:15672`, with one host or several. AMQP itself reports neither arguments nor bindings
   * nor replicas.
   */
  managementUrl?: string | undefined;
  /** Milliseconds after which a host that has not answered cannot be reached. Default: 3,000, and 5,000 for the API. */
  timeoutMs?: number;
}

/**
 * Looks at RabbitMQ as the services would find it, by passive declarations; changes nothing. Never rejects because of
 * what it finds.
 */
export async function inspectBroker({
  url,
  tls = {},
  managementUrl,
  timeoutMs,
}: InspectBrokerOptions): Promise<Diagnosis[]> {
  const { model, diagnoses } = await reach(url, tls, timeoutMs);
  const management = !managementUrl ? undefined : () => createManagement(managementUrl, timeoutMs);
  if (!model) return diagnoses;
  try {
    return [
      ...diagnoses,
      diagnoseVersion('rabbitmq version', model.connection.serverProperties.version, LEAST_RABBITMQ),
      ...(await inspectExchanges(model)),
      ...(await inspectQueues(model)),
      ...(await inspectByManagement(model, management, parseRabbitmqUrl(url).vhost)),
    ];
  } catch (error) {
    const remedy = 'the user needs configure, write and read of `.*` in its vhost';
    const message = toMessage(error);
    return [fail('rabbitmq', `cannot be checked: ${message}`, unlessLate(message, remedy))];
  } finally {
    await model.close().catch(() => undefined);
  }
}

/**
 * Tries every host of the URL: a service that loses one goes to any other. The model is a connection to one of them.
 */
async function reach(
  url: string,
  tls: TlsMaterial,
  timeoutMs = TIMEOUT_MS,
): Promise<{ model?: ChannelModel; diagnoses: Diagnosis[] }> {
  const remedy = 'start it, and check RABBITMQ_URL: host, user and password, vhost, amqps://';
  const models: ChannelModel[] = [];
  const faults: Diagnosis[] = [];
  try {
    const dial = createDial({ url, tls, name: 'cyberstroll doctor', timeoutMs });
    for (const host of dial.hosts) {
      try {
        const model = await dial.connectTo(host);
        model.on('error', () => undefined);
        models.push(model);
      } catch (error) {
        faults.push(warn(`rabbitmq host ${toText(host)}`, `cannot be reached: ${toMessage(error)}`, remedy));
      }
    }
    const [model, ...rest] = models;
    await Promise.all(rest.map((each) => each.close()));
    if (!model) {
      const found = faults.map((fault) => fault.found);
      return { diagnoses: [fail('rabbitmq', [...new Set(found)].join('; '), remedy)] };
    }
    const found =
      dial.hosts.length > 1 ? `${models.length} of ${dial.hosts.length} hosts can be reached` : 'can be reached';
    return { model, diagnoses: [ok('rabbitmq', found), ...faults] };
  } catch (error) {
    return { diagnoses: [fail('rabbitmq', `cannot be reached: ${toMessage(error)}`, remedy)] };
  }
}

async function inspectExchanges(model: ChannelModel): Promise<Diagnosis[]> {
  const faults: Diagnosis[] = [];
  for (const { name } of Object.values(EXCHANGES)) {
    const missing = await ask(model, (channel) => channel.checkExchange(name));
    if (missing instanceof Error) faults.push(fail(`rabbitmq exchange ${name}`, missing.message, DECLARE));
  }
  return orOk(faults, 'rabbitmq exchanges', `all ${Object.keys(EXCHANGES).length} are there`);
}

async function inspectQueues(model: ChannelModel): Promise<Diagnosis[]> {
  const faults: Diagnosis[] = [];
  for (const { name } of Object.values(QUEUES)) {
    const check = `rabbitmq queue ${name}`;
    const queue = await ask(model, (channel) => channel.checkQueue(name));
    if (queue instanceof Error) faults.push(fail(check, queue.message, DECLARE));
    else if (queue.messageCount > 0 && queue.consumerCount === 0) {
      faults.push(
        warn(check, `${queue.messageCount} messages wait and nobody consumes them`, `start a ${CONSUMERS[name]}`),
      );
    }
  }
  return orOk(faults, 'rabbitmq queues', `all ${Object.keys(QUEUES).length} are there`);
}

async function inspectByManagement(
  model: ChannelModel,
  open: (() => Management) | undefined,
  vhost: string,
): Promise<Diagnosis[]> {
  const check = 'rabbitmq arguments, bindings and replicas';
  if (!open) {
    const remedy = 'set RABBITMQ_MANAGEMENT_URL=http://user:password@host:15672';
    return [warn(check, 'not checked: only the management API shows them', remedy)];
  }
  try {
    const management = open();
    const replicas = await readReplicas(management, vhost);
    return [
      ...(await inspectDeclarations(management, vhost)),
      ...inspectReplicas(replicas, vhost),
      ...(await inspectPools(model, replicas.queues, vhost)),
      await inspectAlarms(management),
    ];
  } catch (error) {
    const remedy =
      'check RABBITMQ_MANAGEMENT_URL: the plugin, and a user with the tag monitoring who may read the vhost';
    return [fail(check, `cannot be checked: ${toMessage(error)}`, remedy)];
  }
}

/** Nothing deletes the queue of a pool that is gone: only an operator knows that no node of it will come back. */
async function inspectPools(model: ChannelModel, queues: readonly QuorumQueue[], vhost: string): Promise<Diagnosis[]> {
  const prefix = toJobQueue('').name;
  const pools = queues.filter(({ name }) => name.startsWith(prefix)).map(({ name }) => name.slice(prefix.length));
  const faults: Diagnosis[] = [];
  for (const pool of pools) {
    const { name } = toJobQueue(pool);
    const queue = await ask(model, (channel) => channel.checkQueue(name));
    if (queue instanceof Error || queue.consumerCount > 0) continue;
    const found = `no node consumes from it; ${queue.messageCount} messages wait`;
    const remedy =
      `start a node of the pool ${pool}; if the pool is gone for good: rabbitmqctl delete_queue --vhost '${vhost}' ` +
      `${name}`;
    faults.push(warn(`rabbitmq queue ${name}`, found, remedy));
  }
  return orOk(faults, 'rabbitmq pools', pools.length > 0 ? `nodes consume from ${pools.join(', ')}` : 'none yet');
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

const toText = ({ hostname, port }: RabbitmqHost): string => `${hostname}:${port}`;
const toMessage = (error: unknown): string => (error as Error).message || String((error as { code?: unknown }).code);
