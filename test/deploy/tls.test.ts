import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRabbitmqEngine,
  createRedisEngine,
  type Engine,
  type RabbitmqEngine,
  removeFolder,
} from '@cyberstroll/local';
import { createBroker } from '@cyberstroll/messaging';
import { createRealtime } from '@cyberstroll/realtime';
import { type Component, createLogger, type Logger, loadConfig, type TlsMaterial, toTls } from '@cyberstroll/runtime';
import { createStore } from '@cyberstroll/store';
import {
  type Certificates,
  callManagement,
  createCertificates,
  createTestbed,
  createTlsProxy,
  eventually,
  type Testbed,
  type TlsProxy,
} from '@cyberstroll/testkit';
import { configShape } from '../../services/state-updater/src/config';
import { createStateUpdaterService } from '../../services/state-updater/src/service';

/**
 * RabbitMQ and Redis listen with TLS themselves; what TLS there is before MongoDB is a proxy's, since not every server
 * here has it.
 */
let dir: string;
let certificates: Certificates;
let testbed: Testbed;
let rabbitmq: RabbitmqEngine;
let redis: Engine;
let mongodb: TlsProxy;
let urls: { rabbitmq: string; mongodb: string; redis: string };

const write = (name: string, text: string) => {
  const file = join(dir, name);
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
  return file;
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'cyberstroll-tls-'));
  certificates = await createCertificates();
  const files = {
    ca: write('ca.pem', certificates.ca),
    cert: write('cert.pem', certificates.cert),
    key: write('key.pem', certificates.key),
  };
  testbed = await createTestbed();
  rabbitmq = await createRabbitmqEngine(join(dir, 'rabbitmq'), files);
  redis = await createRedisEngine(join(dir, 'redis'), { tls: files });
  const { hostname: host, port } = new URL(testbed.mongodb_uri);
  mongodb = await createTlsProxy({ host, port: Number(port) }, certificates);
  await Promise.all([rabbitmq.start(), redis.start()]);
  urls = {
    rabbitmq: rabbitmq.tls_url!,
    mongodb: `mongodb://127.0.0.1:${mongodb.port}/${testbed.database}?directConnection=true&tls=true`,
    redis: redis.tls_url!,
  };
});

afterAll(async () => {
  await Promise.all([rabbitmq?.stop(), redis?.stop(), mongodb?.close()]);
  await testbed?.cleanup();
  await removeFolder(dir);
});

const create = (engine: keyof typeof urls, tls: TlsMaterial, logger: Logger): Component => {
  if (engine === 'rabbitmq') return createBroker({ url: urls.rabbitmq, tls, name: 'tls', logger });
  if (engine === 'redis') return createRealtime({ url: urls.redis, tls, logger });
  return createStore({ uri: urls.mongodb, tls, instance: 'tls', logger });
};

/** An error with all its causes, as the log has it. */
const toChain = (error: unknown): string =>
  error instanceof Error ? `${error}; ${toChain(error.cause)}` : String(error);

/** What a component says of its connection until it says why there is no connection. */
async function findRefusal(engine: keyof typeof urls, tls: TlsMaterial): Promise<string> {
  const logger = createLogger({ service: 'tls', instance: 'tls', level: 'warn' });
  const logged: unknown[] = [];
  logger.warn = ((facts: { err?: unknown }) => void logged.push(facts.err)) as Logger['warn'];
  const component = create(engine, tls, logger);
  void component.start().catch(() => undefined);
  try {
    return await eventually(() => {
      expect(logged).not.toEqual([]);
      return toChain(logged[0]);
    });
  } finally {
    await component.stop();
  }
}

it('lets a service whose secrets and certificates are all files talk to all three engines', async () => {
  const config = loadConfig(configShape, {
    RABBITMQ_URL_FILE: write('rabbitmq-url', urls.rabbitmq),
    MONGODB_URI_FILE: write('mongodb-uri', urls.mongodb),
    REDIS_URL_FILE: write('redis-url', urls.redis),
    TLS_CA_FILE: join(dir, 'ca.pem'),
    TLS_CERT_FILE: join(dir, 'cert.pem'),
    TLS_KEY_FILE: join(dir, 'key.pem'),
  });
  const logger = createLogger({ service: 'tls', instance: 'tls', level: 'silent' });
  const service = createStateUpdaterService(config, logger);
  await service.start();
  try {
    await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${service.port()}/readyz`);
      const checks = { mongodb: 'ok', rabbitmq: 'ok', redis: 'ok', updates: 'ok' };
      expect(await answer.json()).toEqual({ status: 'ok', checks });
    });
  } finally {
    await service.stop();
  }
});

it('lets a client of RabbitMQ log in by its certificate, where the URL names no user', async () => {
  // The user that the certificate names.
  const user = 'localhost';
  const { host } = new URL(urls.rabbitmq);
  const config = loadConfig(configShape, {
    RABBITMQ_URL: `amqps://${host}`,
    TLS_CA_FILE: join(dir, 'ca.pem'),
    TLS_CERT_FILE: join(dir, 'cert.pem'),
    TLS_KEY_FILE: join(dir, 'key.pem'),
  });
  const all = { configure: '.*', write: '.*', read: '.*' };
  await callManagement(rabbitmq.management_url, 'PUT', `/api/users/${user}`, { password_hash: '', tags: '' });
  await callManagement(rabbitmq.management_url, 'PUT', `/api/permissions/%2F/${user}`, all);
  const logger = createLogger({ service: 'tls', instance: 'tls', level: 'silent' });
  const broker = createBroker({ url: config.RABBITMQ_URL, tls: toTls(config), name: 'by certificate', logger });
  await broker.start();
  try {
    await eventually(async () => {
      const connections = await callManagement(rabbitmq.management_url, 'GET', '/api/connections');
      expect(connections).toContainEqual(
        expect.objectContaining({ user, auth_mechanism: 'EXTERNAL', ssl: true, peer_cert_subject: `CN=${user}` }),
      );
    });
  } finally {
    await broker.stop();
  }
});

describe.each(['rabbitmq', 'mongodb', 'redis'] as const)('%s', (engine) => {
  it('is refused when another authority signed its certificate', async () => {
    const { ca } = await createCertificates();
    expect(await findRefusal(engine, { ...certificates, ca })).toMatch(/certificate/);
  });

  it('refuses a client without a certificate', async () => {
    expect(await findRefusal(engine, { ca: certificates.ca })).toBeTruthy();
  });
});
