import { EXCHANGES, QUEUES, type QueueSpec, toJobQueue } from '@cyberstroll/contracts';
import { type Diagnosis, doubtful, faulty, orSound, sound } from '@cyberstroll/runtime';

const TIMEOUT_MS = 5_000;
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

/** What AMQP cannot tell, by the management API, with GET alone: types, arguments, bindings, alarms. */
export async function inspectDeclarations(managementUrl: string | undefined, vhost: string): Promise<Diagnosis[]> {
  const check = 'rabbitmq arguments and bindings';
  if (!managementUrl) {
    const remedy = 'set RABBITMQ_MANAGEMENT_URL=http://user:password@host:15672';
    return [doubtful(check, 'not looked at: only the management API tells them', remedy)];
  }
  try {
    const of = (what: string) => read(managementUrl, `/api/${what}/${encodeURIComponent(vhost)}`);
    const exchanges = (await of('exchanges')) as Declared[];
    const queues = (await of('queues')) as Declared[];
    const bindings = (await of('bindings')) as Binding[];
    const specs = toSpecs(queues);
    const faults = [
      ...exchanges.flatMap(diagnoseExchange),
      ...specs.flatMap((spec) => diagnoseQueue(spec, queues)),
      ...specs.flatMap((spec) => diagnoseBinding(spec, queues, bindings)),
    ];
    return [
      ...orSound(faults, check, `as declared: ${specs.map(({ name }) => name).join(', ')}`),
      await inspectAlarms(managementUrl),
    ];
  } catch (error) {
    const remedy =
      'check RABBITMQ_MANAGEMENT_URL: the plugin, and a user with the tag monitoring who may read the vhost';
    return [faulty(check, `cannot be looked at: ${(error as Error).message}`, remedy)];
  }
}

/** The fixed queues, and the job queue of every pool that there is. */
function toSpecs(queues: readonly Declared[]): QueueSpec[] {
  const pools = queues
    .filter(({ name }) => name.startsWith(JOB_QUEUES))
    .map(({ name }) => name.slice(JOB_QUEUES.length));
  return [...Object.values(QUEUES), ...pools.map(toJobQueue)];
}

function diagnoseExchange({ name, type, durable }: Declared): Diagnosis[] {
  const ours = Object.values(EXCHANGES).find((exchange) => exchange.name === name);
  if (!ours || (type === ours.type && durable)) return [];
  const found = `${durable ? '' : 'not durable, '}type ${type} instead of ${ours.type}`;
  return [faulty(`rabbitmq exchange ${name}`, found, 'stop the services, delete it, and start them: they declare it')];
}

function diagnoseQueue(spec: QueueSpec, queues: readonly Declared[]): Diagnosis[] {
  const queue = queues.find(({ name }) => name === spec.name);
  if (!queue) return []; // Told by the passive declaration.
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
  return [faulty(`rabbitmq queue ${spec.name}`, differences.join(', '), remedy)];
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
      return faulty(`rabbitmq queue ${spec.name}`, found, 'restart a service: each declares what is missing');
    });
}

async function inspectAlarms(managementUrl: string): Promise<Diagnosis> {
  const check = 'rabbitmq alarms';
  const { status, body } = await get(managementUrl, '/api/health/checks/alarms');
  if (status === 200) return sound(check, 'none');
  if (status !== 503) return doubtful(check, `cannot be read (${status})`, 'give the user the tag monitoring');
  return faulty(check, body.slice(0, 300), 'free memory or disk on that node: until then nothing can be published');
}

async function read(managementUrl: string, path: string): Promise<unknown> {
  const { status, body } = await get(managementUrl, path);
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return JSON.parse(body);
}

async function get(managementUrl: string, path: string): Promise<{ status: number; body: string }> {
  const { origin, username, password } = new URL(managementUrl);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const response = await fetch(origin + path, {
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, body: await response.text() };
}
