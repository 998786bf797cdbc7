import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { type Connection, createConnection } from 'mongoose';
import { createCollections } from '../../packages/store/src/mongodb/create-collections';
import { createModels } from '../../packages/store/src/mongodb/create-models';

type Keys = Record<string, number | string>;
type Index = [keys: Keys, options: Record<string, unknown>];

const script = readFileSync(join(__dirname, '../../deploy/mongodb/set-up.js'), 'utf8');

/** Runs the script with a recorder in place of mongosh. */
function run({ mongos = false, collections = [] as string[], sharded = [] as string[], moved = [] as string[] } = {}) {
  const created: string[] = [];
  const indexes: Record<string, Index[]> = {};
  const shardKeys: Record<string, Keys> = {};
  /** `config.collections`: what is sharded, and on MongoDB 8 what was moved without being sharded. */
  const config = {
    findOne({ _id }: { _id: string }) {
      if (moved.includes(_id)) return { _id, unsplittable: true };
      return sharded.includes(_id) ? { _id } : null;
    },
  };
  const db = {
    hello: () => (mongos ? { msg: 'isdbgrid' } : { setName: 'rs0' }),
    getName: () => 'cyberstroll',
    getCollectionNames: () => collections,
    getSiblingDB: () => ({ getCollection: () => config }),
    createCollection: (name: string) => created.push(name),
    getCollection: (name: string) => ({
      createIndex(keys: Keys, options: Record<string, unknown> = {}) {
        indexes[name] ??= [];
        indexes[name].push([{ ...keys }, structuredClone(options)]);
      },
    }),
  };
  const sh = {
    enableSharding: () => undefined,
    shardCollection: (name: string, key: Keys) => {
      // As MongoDB refuses it for a collection with documents.
      const index = indexes[name.replace('cyberstroll.', '')]!.at(-1);
      if (JSON.stringify(index?.[0]) !== JSON.stringify(key)) throw new Error(`${name}: no index for its shard key`);
      shardKeys[name] = { ...key };
    },
  };
  runInContext(script, createContext({ db, sh, print: () => undefined }));
  return { created, indexes, shardKeys };
}

let testbed: Testbed;
let connection: Connection;
let models: ReturnType<typeof createModels>;

beforeAll(async () => {
  testbed = await createTestbed();
  connection = await createConnection(testbed.mongodb_uri).asPromise();
  models = createModels(connection);
});
afterAll(async () => {
  await connection?.close();
  await testbed?.cleanup();
});

const toPlain = (value: unknown) => JSON.parse(JSON.stringify(value));
/** With the keys' order, which equality of objects does not look at. */
const toComparable = (list: Index[]) => list.map(([keys, options]) => [Object.entries(keys), toPlain(options)]);

it('makes the indexes of the store, and no others: run `npm run docs` after a change', () => {
  const ofStore = Object.values(models).map((model): [string, Index[]] => [
    model.collection.name,
    model.schema.indexes().map(([keys, { background: _, ...options }]): Index => [keys as Keys, options]),
  ]);
  const { created, indexes } = run();
  expect(created.sort()).toEqual(ofStore.map(([name]) => name).sort());
  for (const [name, expected] of ofStore) {
    expect([name, toComparable(indexes[name] ?? [])]).toEqual([name, toComparable(expected)]);
  }
});

it('agrees with the store on a real server, whichever comes first', async () => {
  const { indexes } = run();
  const make = async () => {
    for (const [name, list] of Object.entries(indexes)) {
      for (const [keys, options] of list)
        await connection.db!.collection(name).createIndex(toPlain(keys), toPlain(options));
    }
  };
  await make();
  await createCollections(models);
  await make();
});

it('shards by _id or by task what grows with the addresses, and only once', () => {
  const keys = {
    'cyberstroll.subtasks': { _id: 'hashed' },
    'cyberstroll.task_progress': { task_id: 'hashed' },
    'cyberstroll.chunks': { task_id: 'hashed' },
    'cyberstroll.dead_letters': { _id: 'hashed' },
  };
  const names = Object.keys(keys);
  expect(run({ mongos: true }).shardKeys).toEqual(keys);
  expect(run({ mongos: true, sharded: names }).shardKeys).toEqual({});
  // A collection that was moved to another shard is not sharded yet.
  expect(run({ mongos: true, sharded: names, moved: ['cyberstroll.chunks'] }).shardKeys).toEqual({
    'cyberstroll.chunks': { task_id: 'hashed' },
  });
  expect(run().shardKeys).toEqual({});
});

it('leaves unsharded whatever must be unique in another field than its shard key', () => {
  const { indexes, shardKeys } = run({ mongos: true });
  for (const [name, list] of Object.entries(indexes)) {
    if (list.some(([, { unique }]) => unique)) expect(shardKeys).not.toHaveProperty([`cyberstroll.${name}`]);
  }
});
