import { createLogger } from '@cyberstroll/runtime';
import { createTcpProxy, createTestbed, type TcpProxy, type Testbed } from '@cyberstroll/testkit';
import { createConnection } from 'mongoose';
import { createModels } from '../src/mongodb/models/collections';
import { createCollections } from '../src/mongodb/models/create-collections';

let testbed: Testbed;
let proxy: TcpProxy;
beforeAll(async () => {
  testbed = await createTestbed();
  proxy = await createTcpProxy(testbed.mongodb_uri);
});
afterAll(async () => {
  await proxy?.close();
  await testbed?.cleanup();
});

const SOCKET_MS = 3_000;
/** As it is on the wire. */
const BUILD_SUBTASKS = 'createIndexes\0\x09\0\0\0subtasks\0';

it('a long build of an index keeps no service from its start, and is asked for once', async () => {
  const logger = createLogger({ service: 'test', instance: 'test', level: 'silent' });
  const logged: string[] = [];
  logger.warn = logger.info = ((fields: unknown, message = fields) => void logged.push(message as string)) as never;
  const builds = proxy.countRequests(BUILD_SUBTASKS);
  // The server has begun to build, and says nothing for longer than a socket may be silent.
  proxy.intercept((request) => {
    if (request.includes(BUILD_SUBTASKS)) proxy.holdReplies();
    return undefined;
  });
  const own = await createConnection(testbed.mongodb_uri).asPromise();
  await own.createCollection('tasks');
  await own.createCollection('subtasks');
  const connection = await createConnection(proxy.url, { socketTimeoutMS: SOCKET_MS, autoCreate: false }).asPromise();
  try {
    const models = createModels(connection);
    const { built } = await createCollections(models, { logger, patienceMs: 2 * SOCKET_MS });
    expect(logged).toEqual(['indexes are being built: until then sweeps over subtasks wait, and queries are slow']);
    // It works without them; what must be unique is so from the first write on.
    const unique = (await own.collection('tasks').indexes()).filter((index) => index['unique']);
    expect(unique.map(({ name }) => name).sort()).toEqual(['task_id_1']);
    proxy.releaseReplies();
    expect(await built).toBe(true);
    expect(logged.slice(1)).toEqual(['indexes are built']);
    expect(builds.count).toBe(1);
    for (const model of Object.values(models)) expect((await model.diffIndexes()).toCreate).toEqual([]);
  } finally {
    proxy.releaseReplies();
    await connection.close();
    await own.close();
  }
});

it('services that start at once on an empty database each find every collection with its indexes', async () => {
  const empty = await createTestbed();
  const connect = () => createConnection(empty.mongodb_uri, { autoCreate: false, autoIndex: false }).asPromise();
  const connections = await Promise.all([connect(), connect(), connect(), connect()]);
  try {
    const all = connections.map(createModels);
    await Promise.all(all.map((models) => createCollections(models)));
    const names = (await connections[0]!.listCollections()).map(({ name }) => name).sort();
    expect(names).toEqual(
      Object.values(all[0]!)
        .map(({ collection }) => collection.name)
        .sort(),
    );
    for (const model of Object.values(all[0]!)) expect((await model.diffIndexes()).toCreate).toEqual([]);
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
    await empty.cleanup();
  }
});
