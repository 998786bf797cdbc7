import { EXCHANGES, type QueueSpec, SHARED_QUEUES, toJobQueue } from '@cyberstroll/contracts';
import { type Diagnosis, fail, ok, orOk, warn } from '@cyberstroll/runtime';
import type { Management } from './management';

const JOB_QUEUES = toJobQueue('').name;

interface Declared {
  name: string;
  type?: string;
  durable: boolean;
  arguments: Record<string, unknown>;
}

interface Binding {
  source: string;
  destination: string;
  routing_key: string;
}

/** What AMQP does not report: types, arguments and bindings. Rejects if the management API does not answer. */
export async function inspectDeclarations(management: Management, vhost: string): Promise<Diagnosis[]> {
  const of = (what: string) => management.read(`/api/${what}/${encodeURIComponent(vhost)}`);
  const exchanges = (await of('exchanges')) as Declared[];
  const queues = (await of('queues')) as Declared[];
  const bindings = (await of('bindings')) as Binding[];
  const specs = toSpecs(queues);
  const faults = [
    ...exchanges.flatMap(diagnoseExchange),
    ...specs.flatMap((spec) => diagnoseQueue(spec, queues)),
    ...specs.flatMap((spec) => diagnoseBinding(spec, queues, bindings)),
  ];
  return orOk(faults, 'rabbitmq arguments and bindings', `as declared: ${specs.map(({ name }) => name).join(', ')}`);
}

/** An alarm of any node stops every publisher of the cluster. */
export async function inspectAlarms(management: Management): Promise<Diagnosis> {
  const check = 'rabbitmq alarms';
  const { status, body } = await management.get('/api/health/checks/alarms');
  if (status === 200) return ok(check, 'none');
  if (status !== 503) return warn(check, `cannot be read (${status})`, 'give the user the tag monitoring');
  return fail(check, body.slice(0, 300), 'free memory or disk on that node: until then nothing can be published');
}

/** The fixed queues, and the job queue of every pool. */
function toSpecs(queues: readonly Declared[]): QueueSpec[] {
  const pools = queues
    .filter(({ name }) => name.startsWith(JOB_QUEUES))
    .map(({ name }) => name.slice(JOB_QUEUES.length));
  return [...SHARED_QUEUES, ...pools.map(toJobQueue)];
}

function diagnoseExchange({ name, type, durable }: Declared): Diagnosis[] {
  const ours = Object.values(EXCHANGES).find((exchange) => exchange.name === name);
  if (!ours || (type === ours.type && durable)) return [];
  const found = `${durable ? '' : 'not durable, '}type ${type} instead of ${ours.type}`;
  return [fail(`rabbitmq exchange ${name}`, found, 'stop the services, delete it, and start them: they declare it')];
}

function diagnoseQueue(spec: QueueSpec, queues: readonly Declared[]): Diagnosis[] {
  const queue = queues.find(({ name }) => name === spec.name);
  if (!queue) return []; // The passive declaration reports this.
  // A vhost may have a type for the queues that name none.
  const { 'x-queue-type': type, ...rest } = queue.arguments;
  const found = spec.arguments['x-queue-type'] === undefined ? rest : { ...rest, 'x-queue-type': type };
  const names = [...new Set([...Object.keys(found), ...Object.keys(spec.arguments)])];
  const differences = names
    .filter((name) => found[name] !== spec.arguments[name])
    .map((name) => `${name} is ${found[name] ?? 'not set'} instead of ${spec.arguments[name] ?? 'not set'}`);
  if (!queue.durable) differences.push('not durable');
  if (differences.length === 0) return [];
  const remedy = 'stop who sends to it, let it drain, delete it, and restart the services: no service starts beside it';
  return [fail(`rabbitmq queue ${spec.name}`, differences.join(', '), remedy)];
}

function diagnoseBinding(spec: QueueSpec, queues: readonly Declared[], bindings: readonly Binding[]): Diagnosis[] {
  if (!queues.some(({ name }) => name === spec.name)) return [];
  const isBoundTo = (exchange: string) =>
    bindings.some(
      ({ source, destination, routing_key }) =>
        source === exchange && destination === spec.name && routing_key === spec.routingKey,
    );
  return spec.exchanges
    .filter((exchange) => !isBoundTo(exchange))
    .map((exchange) => {
      const found = `not bound to ${exchange} by "${spec.routingKey}"`;
      return fail(`rabbitmq queue ${spec.name}`, found, 'restart a service: each declares what is missing');
    });
}
