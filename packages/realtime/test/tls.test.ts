import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedisEngine, createSentinelEngine, type Engine, findFreePort, removeFolder } from '@cyberstroll/local';
import { createCertificates, eventually, testLogger } from '@cyberstroll/testkit';
import { Redis } from 'ioredis';
import { createRealtime, inspectRealtime } from '../src';

const SLOTS = ['0', '16383'];
let dir: string;
let certificates: Awaited<ReturnType<typeof createCertificates>>;
let files: { ca: string; cert: string; key: string };
const engines: Engine[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'realtime-tls-'));
  certificates = await createCertificates();
  const write = (name: string, text: string) => {
    writeFileSync(join(dir, name), `${text}\n`, { mode: 0o600 });
    return join(dir, name);
  };
  const { ca, cert, key } = certificates;
  files = { ca: write('ca.pem', ca), cert: write('cert.pem', cert), key: write('key.pem', key) };
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.kill()));
  await removeFolder(dir);
});

async function start(engine: Engine): Promise<Engine> {
  engines.push(engine);
  await engine.start();
  return engine;
}
const toTlsHost = ({ tls_url }: Engine) => `localhost:${new URL(tls_url!).port}`;

async function startCluster(): Promise<string> {
  const bus = ['--cluster-port', String(await findFreePort()), '--cluster-announce-ip', '127.0.0.1'];
  const args = ['--cluster-enabled', 'yes', '--tls-cluster', 'yes', ...bus];
  const node = await start(await createRedisEngine(join(dir, 'cluster'), { tls: files, args }));
  const redis = new Redis(node.url);
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', ...SLOTS);
  redis.disconnect();
  return `rediss+cluster://${toTlsHost(node)}`;
}

async function startSentinel(): Promise<string> {
  const args = ['--tls-replication', 'yes'];
  const master = await start(await createRedisEngine(join(dir, 'master'), { tls: files, args }));
  const port = await findFreePort();
  const lines = [
    `tls-port ${port}`,
    `tls-ca-cert-file ${files.ca}`,
    `tls-cert-file ${files.cert}`,
    `tls-key-file ${files.key}`,
    'tls-replication yes',
    `sentinel monitor name 127.0.0.1 ${new URL(master.tls_url!).port} 1`,
  ];
  await start(await createSentinelEngine(join(dir, 'sentinel'), lines));
  return `rediss+sentinel://localhost:${port}/name`;
}

it.each([
  ['cluster', startCluster],
  ['sentinel', startSentinel],
])('a %s is used over TLS, and one with another authority is refused by that reason', async (_mode, toUrl) => {
  const url = await toUrl();
  const realtime = createRealtime({ url, tls: certificates, logger: testLogger });
  await realtime.start();
  await eventually(() => realtime.check().then(() => true)).finally(() => realtime.stop());

  const { ca } = await createCertificates();
  expect(await inspectRealtime({ url, tls: { ...certificates, ca }, commandTimeoutMs: 30_000 })).toMatchObject([
    { check: 'redis', verdict: 'fail', found: expect.stringContaining('certificate') },
  ]);
});
