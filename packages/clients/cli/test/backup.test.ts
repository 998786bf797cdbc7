/**
 * MongoDB, RabbitMQ and Redis are real. mongodump and mongorestore are stand-ins on the PATH that write down how they
 * were called: the real ones cannot be installed here.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { QUEUES } from '@cyberstroll/contracts';
import { callManagement, createListener, createTestbed, startParts, type Testbed } from '@cyberstroll/testkit';
import { makeFolder } from './make-folder';
import { runCli } from './run-cli';

/** What mongodump begins an archive with, gzipped. */
const ARCHIVE = "require('node:zlib').gzipSync(Buffer.from([0x6d, 0xe2, 0x99, 0x81]))";

let testbed: Testbed;
let folder: string;
let env: Record<string, string>;
/** Of one installation. */
function use(given: Testbed): void {
  testbed = given;
  folder = makeFolder();
  env = {
    PATH: [join(folder, 'bin'), dirname(process.execPath)].join(delimiter),
    RABBITMQ_URL: testbed.rabbitmq_url,
    RABBITMQ_MANAGEMENT_URL: testbed.rabbitmq_management_url,
    MONGODB_URI: testbed.mongodb_uri,
    REDIS_URL: testbed.redis_url,
    REDIS_PREFIX: testbed.redis_prefix,
  };
}
afterEach(() => testbed?.cleanup());

/** A program that writes down its arguments and its configuration, and does `also` with its archive. */
function standIn(name: string, also = ''): void {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const code = `#!/usr/bin/env node
    const { readFileSync, writeFileSync } = require('node:fs');
    const words = process.argv.slice(2);
    const find = (option) => words.find((word) => word.startsWith(option + '=')).slice(option.length + 1);
    const config = JSON.parse(readFileSync(find('--config'), 'utf8'));
    writeFileSync(${JSON.stringify(join(folder, name))}, JSON.stringify({ words, config, file: find('--config') }));
    const archive = find('--archive');
    ${also}`;
  writeFileSync(join(folder, 'bin', name), code, { mode: 0o755 });
}

const readCall = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const run = (...words: string[]) => runCli(undefined, words, { env, cwd: folder });

async function backUp(): Promise<string> {
  standIn('mongodump', `writeFileSync(archive, ${ARCHIVE})`);
  const { code, stderr } = await run('backup', 'one.backup');
  expect([code, stderr]).toEqual([0, expect.stringContaining('not in it')]);
  return join(folder, 'one.backup');
}

const listQueues = async () =>
  ((await callManagement(testbed.rabbitmq_management_url, 'GET', `/api/queues/${testbed.vhost}`)) as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name.startsWith('cs.'));

describe('backup', () => {
  beforeEach(async () => use(await createTestbed()));

  it('has mongodump write all databases to a file that appears when it is whole; no password is an argument', async () => {
    const file = await backUp();
    const { words, config, file: configFile } = readCall('mongodump');
    expect(words).toEqual([`--config=${configFile}`, '--oplog', '--gzip', `--archive=${file}.part`]);
    expect(config.uri).toBe(testbed.mongodb_uri.replace(`/${testbed.database}`, '/'));
    expect([existsSync(configFile), existsSync(`${file}.part`)]).toEqual([false, false]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // It is not overwritten.
    expect((await run('backup', 'one.backup')).code).toBe(2);
  });

  it('leaves no file where mongodump fails, and says what to install where it is missing', async () => {
    const missing = await run('backup', 'one.backup');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('mongodump is not on the PATH')]);
    standIn('mongodump', `writeFileSync(archive, 'half'); console.error('oplog overflow'); process.exit(1)`);
    const failed = await run('backup', 'one.backup');
    expect([failed.code, failed.stderr]).toEqual([
      1,
      expect.stringMatching(/^oplog overflow\nerror: mongodump failed/),
    ]);
    expect([existsSync(join(folder, 'one.backup')), existsSync(join(folder, 'one.backup.part'))]).toEqual([
      false,
      false,
    ]);
  });
});

describe('restore', () => {
  let parts: Awaited<ReturnType<typeof startParts>>;
  let file: string;
  beforeEach(async () => {
    parts = await startParts();
    use(parts.testbed);
    await parts.broker.declareJobQueue('default');
    await parts.realtime.keepTicket('digest', 'value', 600);
    file = await backUp();
  });

  it('refuses, and changes nothing, while a lease is held or a queue is consumed', async () => {
    const { store } = parts;
    standIn('mongorestore');
    const queues = await listQueues();
    const expectRefused = async (worker: string) => {
      const { code, stderr } = await run('restore', file, '--drop', '--yes');
      expect([code, stderr]).toEqual([1, expect.stringContaining(`still at work: ${worker}. Stop`)]);
      expect([existsSync(join(folder, 'mongorestore')), await listQueues()]).toEqual([false, queues]);
    };
    await store.leases.acquireAll(['leader:x'], 600_000);
    await expectRefused('test');
    await store.leases.releaseAll(['leader:x']);
    const consumer = await testbed.start(createListener(parts, QUEUES.heartbeats, () => undefined));
    await expectRefused('a consumer of cs.heartbeats.nodes');
    await consumer.stop();
    // Nothing else was in the way: what there is would be deleted, and that is not asked for.
    const { code, stderr } = await run('restore', file, '--yes');
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not empty')]);
  });

  it('asks, replaces the database, deletes queues and keys of Redis, and lists the API keys; also after a crash', async () => {
    expect((await run('restore', file, '--drop')).stderr).toContain('add --yes');
    standIn('mongorestore', 'process.exit(1)');
    const crashed = await run('restore', file, '--drop', '--yes');
    expect([crashed.code, crashed.stderr]).toEqual([1, expect.stringContaining('mongorestore failed')]);
    expect(await listQueues()).not.toEqual([]);

    const key = { key_id: '66b2f0c3a1d4e5f607182930', name: 'olga', role: 'admin', active: true };
    standIn('mongorestore', toInsertion('api_keys', key));
    const { code, stdout, stderr } = await run('restore', file, '--drop', '--yes');
    expect([code, stdout]).toEqual([0, `${key.key_id}  olga  admin\n`]);
    const { words, file: configFile } = readCall('mongorestore');
    expect(words).toEqual([`--config=${configFile}`, '--oplogReplay', '--gzip', `--archive=${file}`, '--drop']);
    expect(stderr).toMatch(/restored: MongoDB\ndeleted: \d+ queues\ndeleted: \d+ keys of Redis\n[\s\S]*key revoke/);
    expect([await listQueues(), await parts.realtime.takeTicket('digest')]).toEqual([[], undefined]);
  });
});

/** Code that inserts a document, by the driver of the store. */
const toInsertion = (collection: string, document: object) => `
  const { mongo } = require(${JSON.stringify(join(__dirname, '../../../store/node_modules/mongoose'))});
  const client = new mongo.MongoClient(config.uri);
  const inserted = client.db('${testbed.database}').collection('${collection}').insertOne(${JSON.stringify(document)});
  inserted.finally(() => client.close());`;
