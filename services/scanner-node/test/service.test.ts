import { loadConfig, type Service } from '@cyberstroll/runtime';
import {
  createJob,
  createNodePeer,
  createTestbed,
  eventually,
  type NodePeer,
  type Testbed,
} from '@cyberstroll/testkit';
import { configShape } from '../src/config';
import { createService } from './create-service';
import { findClosedPort, listen } from './listeners';

let testbed: Testbed;
let server: NodePeer;
const services: Service[] = [];
beforeAll(async () => {
  testbed = await createTestbed();
  server = await createNodePeer(testbed);
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});
afterAll(async () => {
  await server.stop();
  await testbed.cleanup();
});

function createNode(variables: Record<string, string>): Service {
  const service = createService(testbed, { BANNER_TIMEOUT_MS: '10000', ...variables });
  services.push(service);
  return service;
}

const ask = async (service: Service, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${service.port()}${path}`);
  return { status: answer.status, text: await answer.text() };
};

describe('the scanner node service', () => {
  it('scans the ports of a job, and reports those that are really open', async () => {
    const listener = await listen('127.0.0.2', (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    const closed = await findClosedPort('127.0.0.2');
    const service = createNode({ NODE_ID: 'real', CAPACITY: '8' });
    await service.start();
    const ports = [listener.port, closed].sort((a, b) => a - b).join(',');
    const job = createJob(3, { scan: { ports, method: 'connect' } });
    await server.sendJob(job);

    await eventually(() => {
      const completed = server.updatesOf(job.task_id).filter(({ status }) => status === 'COMPLETED');
      const found = completed.map(({ ip, scan_result }) => [ip, scan_result?.services]);
      expect(Object.fromEntries(found)).toEqual({
        '127.0.0.1': [],
        '127.0.0.2': [`${listener.port}/tcp ssh SSH-2.0-OpenSSH_9.2`],
        '127.0.0.3': [],
      });
    });
    expect(server.envelopes.at(-1)?.node_id).toBe('real');
    await listener.close();
  });

  it('refuses every address outside loopback by default', async () => {
    await createNode({}).start();
    const job = createJob(1);
    job.subtasks[0]!.ip = '192.0.2.1';
    await server.sendJob(job);
    await eventually(() =>
      expect(server.updatesOf(job.task_id)).toMatchObject([{ error_info: { error_code: 'OUT_OF_SCOPE' } }]),
    );
  });

  it('opens no socket with SCANNER=noop', async () => {
    const listener = await listen('127.0.0.1');
    await createNode({ SCANNER: 'noop' }).start();
    const job = createJob(1, { scan: { ports: String(listener.port), method: 'connect' } });
    await server.sendJob(job);
    await eventually(() => expect(server.updatesOf(job.task_id)).toMatchObject([{ status: 'COMPLETED' }]));
    expect(server.updatesOf(job.task_id)[0]?.scan_result).toEqual({ open_ports: [], services: [], response_time: 0 });
    expect(server.heartbeats.at(-1)).toMatchObject({ methods: ['connect', 'http', 'udp', 'nmap'], version: '0.1.0' });
    await listener.close();
  });

  it('answers health checks, and is not ready without a broker', async () => {
    const service = createNode({});
    await service.start();
    expect(await ask(service, '/livez')).toMatchObject({ status: 200 });
    await eventually(async () => expect(await ask(service, '/readyz')).toMatchObject({ status: 200 }));
    expect((await ask(service, '/metrics')).text).toContain('cyberstroll_process_cpu');

    const alone = createNode({ RABBITMQ_URL: `amqp://127.0.0.1:${await findClosedPort('127.0.0.1')}` });
    const starting = alone.start().catch((error: Error) => error.message);
    await eventually(() => expect(alone.port()).toBeGreaterThan(0));
    expect(await ask(alone, '/livez')).toMatchObject({ status: 200 });
    expect(await ask(alone, '/readyz')).toMatchObject({ status: 503 });
    await alone.stop();
    expect(await starting).toContain('stopped');
  });
});

it.each([
  ['SCAN_SCOPE', '10.0.0.0/33'],
  ['NODE_ID', 'not a name'],
  ['POOLS', 'Default'],
  ['CAPACITY', '0'],
  ['SCANNER', 'masscan'],
])('a bad %s is named', (variable, value) => {
  expect(() => loadConfig(configShape, { [variable]: value })).toThrow(variable);
});
