import dns from 'node:dns';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, loadConfig, mongodbConfigShape } from '@cyberstroll/runtime';
import {
  type Certificates,
  createCertificates,
  createDnsServer,
  createTestbed,
  createTlsProxy,
  eventually,
  type Testbed,
  type TlsProxy,
  testLogger,
} from '@cyberstroll/testkit';
import { mongo } from 'mongoose';
import { createStore } from '../src';
import { createFakeMember, type FakeMember, primaryHello } from './fake-member';

const CLUSTER = 'cluster.example.test';
const MEMBER = 'db-1.example.test';

let testbed: Testbed;
let certificates: Certificates;
beforeAll(async () => {
  testbed = await createTestbed();
  certificates = await createCertificates([MEMBER]);
});
afterAll(() => testbed?.cleanup());

/** What a service logs while it waits for MongoDB, as the log has it. */
function createListeningLogger() {
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const lines: string[] = [];
  logger.warn = (({ err, ...fields }: { err?: Error }, message: string) =>
    void lines.push(JSON.stringify({ message, ...fields, error: err?.message, stack: err?.stack }))) as never;
  return { logger, lines };
}

async function behindTls<T>(member: FakeMember, use: (proxy: TlsProxy) => Promise<T>): Promise<T> {
  const [host = '', port] = member.address.split(':');
  const proxy = await createTlsProxy({ host, port: Number(port) }, certificates);
  try {
    return await use(proxy);
  } finally {
    await proxy.close();
    await member.close();
  }
}

it('mongodb+srv:// waits for its SRV record, then finds the members by it, with TLS', async () => {
  const server = await createDnsServer();
  const servers = dns.getServers();
  const { lookup } = dns;
  // The members' names are in no hosts file here.
  const local = jest
    .spyOn(dns, 'lookup')
    .mockImplementation(((name: string, options: object, done: never) =>
      lookup(name === MEMBER ? '127.0.0.1' : name, options, done)) as never);
  dns.setServers([server.address]);
  let place = '';
  const member = await createFakeMember(testbed.mongodb_uri, { hello: () => primaryHello('rs', place, {}) });
  const { logger, lines } = createListeningLogger();
  try {
    await behindTls(member, async ({ port }) => {
      place = `${MEMBER}:${port}`;
      const uri = loadConfig(mongodbConfigShape, {
        MONGODB_URI: `mongodb+srv://${CLUSTER}/${testbed.database}`,
      }).MONGODB_URI;
      const store = createStore({ uri, tls: certificates, instance: 'test', logger });
      const starting = store.start();
      await eventually(() => expect(lines).toEqual([expect.stringContaining(CLUSTER)]));
      server.setRecords({
        [`_mongodb._tcp.${CLUSTER}`]: { srv: [place] },
        [CLUSTER]: { txt: ['replicaSet=rs&authSource=admin'] },
      });
      await starting;
      await store.check();
      await store.stop();
    });
  } finally {
    dns.setServers(servers);
    local.mockRestore();
    await server.close();
  }
});

it.each(['files that the URI names', 'the TLS_ variables'])(
  'X.509: the store shows the certificate of %s, and is who that says',
  async (source) => {
    let asked = 0;
    const member = await createFakeMember(testbed.mongodb_uri, {
      authenticate: () => {
        asked++;
        return { dbname: '$external', user: 'CN=localhost' };
      },
    });
    await behindTls(member, async ({ port }) => {
      const isFile = source.startsWith('files');
      const folder = mkdtempSync(join(tmpdir(), 'store-'));
      writeFileSync(join(folder, 'ca.pem'), certificates.ca);
      writeFileSync(join(folder, 'client.pem'), `${certificates.cert}\n${certificates.key}`);
      const files = `&tlsCAFile=${folder}/ca.pem&tlsCertificateKeyFile=${folder}/client.pem`;
      const options = `directConnection=true&tls=true&authMechanism=MONGODB-X509${isFile ? files : ''}`;
      const { MONGODB_URI: uri } = loadConfig(mongodbConfigShape, {
        MONGODB_URI: `mongodb://127.0.0.1:${port}/${testbed.database}?${options}`,
      });
      const store = createStore({ uri, tls: isFile ? {} : certificates, instance: 'test', logger: testLogger });
      await store.start();
      await store.check();
      await store.stop();
      expect(asked).toBeGreaterThan(0);
      rmSync(folder, { recursive: true });
    });
  },
);

it('AWS: the URI is taken, and the error names the package that the driver needs for it', async () => {
  const options = 'directConnection=true&authMechanism=MONGODB-AWS&authSource=$external';
  const { MONGODB_URI: uri } = loadConfig(mongodbConfigShape, {
    MONGODB_URI: testbed.mongodb_uri.replace(/\?.*/, `?${options}`),
  });
  const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: 60_000 });
  expect(client.options.credentials).toMatchObject({ mechanism: 'MONGODB-AWS', source: '$external' });
  await expect(client.connect()).rejects.toThrow('@aws-sdk/credential-providers');
  await client.close();
});

it('takes a password of any characters, percent-encoded', () => {
  const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i));
  const password = `${ascii}äß€漢😀`;
  const { MONGODB_URI: uri } = loadConfig(mongodbConfigShape, {
    MONGODB_URI: `mongodb://us%40er:${encodeURIComponent(password)}@one:27017,two/db`,
  });
  const { credentials, hosts } = new mongo.MongoClient(uri).options;
  expect(credentials).toMatchObject({ username: 'us@er', password, source: 'db' });
  expect(hosts.map(String)).toEqual(['one:27017', 'two:27017']);
});

it('logs which hosts it waits for, and never the password', async () => {
  const { logger, lines } = createListeningLogger();
  const uri = 'mongodb://user:geheim%40@127.0.0.1:1,127.0.0.1:2/db?tlsCertificateKeyFilePassword=geheim&tls=true';
  const store = createStore({ uri, instance: 'test', logger });
  const starting = store.start().catch((error: unknown) => error);
  await eventually(() => expect(lines).toHaveLength(1));
  await store.stop();
  expect(lines[0]).toContain('"url":"mongodb://user:***@127.0.0.1:1,127.0.0.1:2/db"');
  expect(`${lines} ${((await starting) as Error | undefined)?.message}`).not.toContain('geheim');
});
