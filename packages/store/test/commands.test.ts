import {
  createTestbed,
  findBroadcasts,
  findIdleCommits,
  findQueryIndexes,
  findReadsBesidePrimary,
  findWeakConcerns,
  type RecordedCommand,
  recordCommands,
  type Testbed,
  testLogger,
  toRecordableUri,
} from '@cyberstroll/testkit';
import { createConnection, Types } from 'mongoose';
import { createStore } from '../src';
import { COLLECTIONS } from '../src/mongodb/models/collections';
import { callEveryMethod, LAST_SLICE } from './every-method';
import { createFakeMember, mongosHello, SNAPSHOTS_OF_MONGOD } from './fake-member';
import { INDEX_OF_QUERY, LARGE } from './index-of-query';

/** What `deploy/mongodb/set-up.js` shards, and by which field. */
const SHARD_KEYS = {
  subtasks: { _id: 1 },
  chunks: { task_id: 'hashed' },
  task_progress: { task_id: 'hashed' },
  dead_letters: { _id: 'hashed' },
  findings: { task_id: 'hashed' },
} as const;

/**
 * The commands that every shard of a cluster must answer, and why they may: no result of a subtask waits for one of
 * them.
 */
const ON_DEMAND = 'a request of the API or CLI';
const SWEEP = 'a sweep of one leader, over all tasks, by a partial index that holds open work alone';
const RETRIES = 'each dispatcher, over the open tasks with retries, by a partial index of these';
const WAITING = 'each dispatcher, four times a second, by a partial index of the chunks that wait to be sent: few';
const AUDIT = 'the audit, which is limited to a share of one connection';
const LIMITED = 'a sender that holds the lease of limits, over the tasks that one covers';
const BROADCASTS: Record<string, string> = {
  'chunks aggregate dispatched_time settled task_id': SWEEP,
  'chunks aggregate waits': WAITING,
  'chunks find _id': AUDIT,
  'dead_letters aggregate state': 'figures of the fleet, and a request of the API: each reads an index alone',
  'dead_letters aggregate state task_id': ON_DEMAND,
  'dead_letters find reason state': ON_DEMAND,
  'dead_letters find state': ON_DEMAND,
  'findings find address_key completed_time kind': ON_DEMAND,
  'findings find completed_time': ON_DEMAND,
  'findings find completed_time finding_id': ON_DEMAND,
  'findings find completed_time severity': ON_DEMAND,
  'subtasks aggregate deadline': SWEEP,
  'subtasks aggregate index task_id': ON_DEMAND,
  'subtasks aggregate retry_due_time retry_sent_time task_id': RETRIES,
  'subtasks aggregate retry_due_time status task_id': ON_DEMAND,
  'subtasks aggregate retry_due_time task_id': `${LIMITED}, by a partial index of their retries`,
  'subtasks aggregate status task_id': AUDIT,
  'subtasks aggregate status task_id in a transaction': AUDIT,
  'subtasks aggregate task_id': AUDIT,
  'subtasks aggregate task_id in a transaction': AUDIT,
  'subtasks find $or assigned_node deadline': SWEEP,
  'subtasks find _id': AUDIT,
  'subtasks find address_key has_open_ports scan_result.open_ports scan_result.services task_id': ON_DEMAND,
  'subtasks find address_key has_open_ports task_id': ON_DEMAND,
  'subtasks find assigned_node deadline': SWEEP,
  'subtasks find assigned_node status task_id': `${LIMITED}, where their addresses matter`,
  'subtasks find completed_time has_open_ports': ON_DEMAND,
  'subtasks find error_info.error_code index status task_id': ON_DEMAND,
  'subtasks find has_open_ports index task_id': ON_DEMAND,
  'subtasks find has_open_ports task_id': 'for each task that is COMPLETED and has `on_end`',
  'subtasks find index status task_id': ON_DEMAND,
  'subtasks find retry_due_time retry_sent_time task_id': RETRIES,
  'subtasks find status task_id': 'open subtasks of a task that ended, until they are closed',
  'subtasks find task_id': AUDIT,
  'task_progress find _id': AUDIT,
};

/**
 * None of these options breaks a promise, since the store sets its own. A service does not start with one
 * (`mongodb-uri.ts`).
 */
const BAD_OPTIONS = 'readPreference=secondaryPreferred&readPreferenceTags=dc:a&w=1&journal=false&retryWrites=false';

let testbed: Testbed;
let commands: readonly RecordedCommand[];
beforeAll(async () => {
  testbed = await createTestbed();
  await insertOrphans();
  commands = await record(`${toRecordableUri(testbed.mongodb_uri)}&${BAD_OPTIONS}`);
});
afterAll(() => testbed?.cleanup());

/** Every command of a store that finds MongoDB by `uri`. */
async function record(uri: string): Promise<readonly RecordedCommand[]> {
  const store = createStore({ uri, instance: 'updater', logger: testLogger });
  await store.start();
  const recording = recordCommands();
  try {
    await callEveryMethod(store);
    return recording.commands;
  } finally {
    recording.stop();
    await store.stop();
  }
}

/** What the audit looks for: a document of each kind whose task does not exist. */
async function insertOrphans(): Promise<void> {
  const connection = await createConnection(testbed.mongodb_uri).asPromise();
  const task_id = 'e'.repeat(24);
  try {
    await connection.collection('subtasks').insertOne({ _id: new Types.ObjectId(LAST_SLICE), task_id });
    for (const name of ['task_progress', 'chunks']) {
      await connection.collection(name).insertOne({ _id: `${task_id}-0` as never, task_id, counts: {}, stats: {} });
    }
  } finally {
    await connection.close();
  }
}

/** By the name of the collection in MongoDB. */
const toIndexes = (names: readonly (keyof typeof COLLECTIONS)[]) =>
  Object.fromEntries(
    names.map((each) => {
      const { name, indexes } = COLLECTIONS[each];
      const own = indexes.map(([keys, options]) => ({
        keys,
        where: options?.partialFilterExpression,
        unique: options?.unique === true,
      }));
      return [name, [{ keys: { _id: 1 }, unique: true }, ...own]];
    }),
  );

it('records every collection, and transactions from their first command to their end', () => {
  const collections = new Set(commands.map(({ collection }) => collection));
  expect([...collections]).toEqual(
    expect.arrayContaining([...Object.keys(SHARD_KEYS), 'tasks', 'nodes', 'leases', 'alerts']),
  );
  const transactions = new Set(commands.flatMap(({ transaction }) => transaction ?? []));
  const ended = commands.filter(({ name }) => name === 'commitTransaction' || name === 'abortTransaction');
  expect(new Set(ended.map(({ transaction }) => transaction))).toEqual(transactions);
  const reads = commands.filter(({ name }) => name === 'find');
  expect(reads.every(({ replyBytes }) => replyBytes! > 0)).toBe(true);
});

it('reads from the primary alone, whatever the URI says', () => {
  expect(findReadsBesidePrimary(commands)).toEqual([]);
});

it('reads a transaction from one snapshot, and counts nothing as written before a majority has it in its journal', () => {
  expect(findWeakConcerns(commands)).toEqual([]);
  const writes = commands.filter(({ name, transaction }) => !transaction && ['update', 'insert'].includes(name));
  expect(writes.every(({ command }) => 'txnNumber' in command || 'multi' in command['updates'][0])).toBe(true);
});

it('reads from a majority what a replica remembers, so that no failover takes it back', () => {
  const levels = commands
    .filter(({ name, collection }) => name === 'find' && (collection === 'api_keys' || collection === 'sessions'))
    .map(({ collection, command, filters: [filter = {}] }) => {
      const [field] = Object.keys(filter);
      return `${collection} by ${field}: ${command['readConcern']?.level}`;
    })
    .filter((read) => / by (?:_id|change):/.test(read));
  expect([...new Set(levels)].sort()).toEqual([
    'api_keys by change: majority',
    'sessions by _id: majority',
    'sessions by change: majority',
  ]);
});

/** A batch of duplicates is acked. So what they repeat must be on a majority. */
const IDLE_COMMITS = ['find tasks, find subtasks'];

it('commits no transaction that has written nothing, but a batch of duplicates', () => {
  expect(findIdleCommits(commands)).toEqual(IDLE_COMMITS);
});

it('names the shard key in each command on a sharded collection, but for those that are known', () => {
  const broadcasts = findBroadcasts(commands, SHARD_KEYS);
  expect(broadcasts).toEqual(Object.keys(BROADCASTS).sort());
});

it('finds tasks by their ids in the order of the ids, so that no server reads all tasks', () => {
  const byIds = commands.filter(
    ({ name, collection, filters: [filter = {}] }) =>
      name === 'find' && collection === 'tasks' && '$in' in Object(filter['task_id']),
  );
  expect(byIds.length).toBeGreaterThan(5);
  expect(byIds.filter(({ command }) => command['sort'] === undefined).map(({ filters }) => filters[0])).toEqual([]);
});

it('has an index for every query of a collection that grows', () => {
  const serving = findQueryIndexes(commands, toIndexes(LARGE));
  const named = Object.entries(serving).map(([query, indexes]) => {
    const index = INDEX_OF_QUERY[query];
    return [query, index !== undefined && indexes.includes(index) ? index : indexes];
  });
  expect(Object.fromEntries(named)).toEqual(INDEX_OF_QUERY);
});

it('keeps the same rules where the driver sees a mongos', async () => {
  const own = await createTestbed();
  const mongos = await createFakeMember(own.mongodb_uri, {
    hello: () => mongosHello(),
    ...SNAPSHOTS_OF_MONGOD,
  });
  try {
    const sent = await record(`mongodb://${mongos.address}/${own.database}?monitorCommands=true`);
    expect(sent.length).toBeGreaterThan(100);
    expect([...findReadsBesidePrimary(sent), ...findWeakConcerns(sent)]).toEqual([]);
    expect(findIdleCommits(sent)).toEqual(IDLE_COMMITS);
    // A real MongoDB reads in a snapshot session: all at the time of the first answer, and nothing is ended.
    const snapshots = sent.filter(({ transaction, command }) => !transaction && command['readConcern']?.atClusterTime);
    expect(snapshots.map(({ name, collection }) => `${name} ${collection}`)).toContain('find task_progress');
    const broadcasts = findBroadcasts(sent, SHARD_KEYS);
    const isKnown = (each: string) => each in BROADCASTS || `${each} in a transaction` in BROADCASTS;
    expect(broadcasts.filter((each) => !isKnown(each))).toEqual([]);
  } finally {
    await mongos.close();
    await own.cleanup();
  }
});
