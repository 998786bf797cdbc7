import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { type Connection, createConnection } from 'mongoose';
import { createModels } from '../../packages/store/src/mongodb/models/collections';
import { createCollections } from '../../packages/store/src/mongodb/models/create-collections';

type Keys = Record<string, number | string>;
type Index = [keys: Keys, options: Record<string, unknown>];

const script = readFileSync(join(__dirname, '../../deploy/mongodb/set-up.js'), 'utf8');

/** Runs the script with a recorder in place of mongosh. */
function run({
  mongos = false,
  collections = [] as string[],
  sharded = {} as Record<string, Keys>,
  moved = [] as string[],
  isEmpty = true,
} = {}) {
  const created: string[] = [];
  const indexes: Record<string, Index[]> = {};
  const shardKeys: Record<string, Keys> = {};
  const ranges: { min: string; max: string; toShard: string }[] = [];
  /** `config.collections`: what is sharded, and on MongoDB 8 what was moved without being sharded. */
  const config = {
    findOne({ _id }: { _id: string }) {
      const key = shardKeys[_id] ?? sharded[_id];
      if (moved.includes(_id) && !shardKeys[_id]) return { _id, unsplittable: true };
      return key ? { _id, key } : null;
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
      findOne: () => (isEmpty ? null : {}),
    }),
    adminCommand({ listShards, moveRange, min, max, toShard }: Record<string, unknown>) {
      if (listShards) return { shards: ['a', 'b', 'c'].map((_id) => ({ _id })) };
      expect(moveRange).toBe('cyberstroll.subtasks');
      const toText = (bound: unknown) => (bound as { _id: string })._id;
      ranges.push({ min: toText(min), max: toText(max), toShard: toShard as string });
      return { ok: 1 };
    },
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
  const bounds = { MinKey: () => 'least', MaxKey: () => 'greatest', ObjectId: (hex: string) => hex };
  runInContext(script, createContext({ db, sh, ...bounds, print: () => undefined }));
  return { created, indexes, shardKeys, ranges };
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

const KEYS: Record<string, Keys> = {
  'cyberstroll.subtasks': { _id: 1 },
  'cyberstroll.task_progress': { task_id: 'hashed' },
  'cyberstroll.chunks': { task_id: 'hashed' },
  'cyberstroll.dead_letters': { _id: 'hashed' },
  'cyberstroll.findings': { task_id: 'hashed' },
};

it('shards by _id or by task what grows with the addresses, and only once', () => {
  expect(run({ mongos: true }).shardKeys).toEqual(KEYS);
  expect(run({ mongos: true, sharded: KEYS }).shardKeys).toEqual({});
  // A collection that was moved to another shard is not sharded yet.
  expect(run({ mongos: true, sharded: KEYS, moved: ['cyberstroll.chunks'] }).shardKeys).toEqual({
    'cyberstroll.chunks': { task_id: 'hashed' },
  });
  expect(run().shardKeys).toEqual({});
});

it('deals the ids of subtasks out to the shards in equal parts, while there are none', () => {
  const { ranges } = run({ mongos: true });
  expect(ranges[0]).toEqual({ min: 'least', max: '04'.padEnd(24, '0'), toShard: 'a' });
  expect(ranges.at(-1)).toEqual({ min: 'fc'.padEnd(24, '0'), max: 'greatest', toShard: 'a' });
  expect(ranges.slice(1).map(({ min }) => min)).toEqual(ranges.slice(0, -1).map(({ max }) => max));
  expect(new Set(ranges.map(({ toShard }) => toShard)).size).toBe(3);
  // A run that was interrupted is continued.
  expect(run({ mongos: true, sharded: KEYS }).ranges).toEqual(ranges);
  expect(run({ mongos: true, isEmpty: false }).ranges).toEqual([]);
  expect(run({ mongos: true, sharded: { ...KEYS, 'cyberstroll.subtasks': { _id: 'hashed' } } }).ranges).toEqual([]);
  expect(run().ranges).toEqual([]);
});

it('leaves unsharded whatever must be unique in another field than its shard key', () => {
  const { indexes, shardKeys } = run({ mongos: true });
  for (const [name, list] of Object.entries(indexes)) {
    if (list.some(([, { unique }]) => unique)) expect(shardKeys).not.toHaveProperty([`cyberstroll.${name}`]);
  }
});
