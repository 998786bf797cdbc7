/**
 * What one subtask costs the database in its life, as fixed numbers, so that they do not grow unnoticed. The keys are
 * computed from the declared indexes and the document before and after each write, so they hold for every server.
 */
import { createTestbed, recordCommands, type Testbed, testLogger, toRecordableUri } from '@cyberstroll/testkit';
import { type Connection, createConnection, type mongo } from 'mongoose';
import { createStore, type Store } from '../src';
import { createModels } from '../src/mongodb/models/collections';
import { claimOf, queuedTask, report } from './setup';

const BY_STATUS = 'task_id status index attempt has_open_ports assigned_node';
const BY_NODE = 'assigned_node deadline';
const BY_DEADLINE = 'deadline assigned_node assigned_instance';

let testbed: Testbed;
let store: Store;
let connection: Connection;
beforeAll(async () => {
  testbed = await createTestbed();
  store = createStore({ uri: toRecordableUri(testbed.mongodb_uri), instance: 'updater', logger: testLogger });
  await store.start();
  connection = await createConnection(testbed.mongodb_uri).asPromise();
});
afterAll(async () => {
  await connection?.close();
  await store?.stop();
  await testbed?.cleanup();
});

interface Index {
  name: string;
  fields: string[];
  /** Of documents that are in it. */
  filter: Record<string, unknown>;
}

/** Every index of `subtasks`, also the one that each collection has. */
function listIndexes(): Index[] {
  const { subTasks } = createModels(connection);
  const declared = subTasks.schema.indexes() as unknown as [object, { partialFilterExpression?: Index['filter'] }][];
  return [[{ _id: 1 }, {}] as (typeof declared)[number], ...declared].map(([key, options]) => ({
    name: Object.keys(key).join(' '),
    fields: Object.keys(key),
    filter: options.partialFilterExpression ?? {},
  }));
}

const valueAt = (document: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, name) => (value as mongo.Document | undefined)?.[name], document);

/** The keys of a document in an index: one for each element of an array. */
function toKeys({ fields, filter }: Index, document: mongo.Document | null): string[] {
  const isIn = Object.entries(filter).every(([field, condition]) => {
    const value = valueAt(document, field);
    return condition === true ? value === true : value !== undefined;
  });
  if (!document || !isIn) return [];
  const keys = fields.reduce<unknown[][]>(
    (before, field) => {
      const value = valueAt(document, field) ?? null;
      const values = Array.isArray(value) ? value : [value];
      return before.flatMap((key) => values.map((each) => [...key, each]));
    },
    [[]],
  );
  return keys.map((key) => JSON.stringify(key));
}

/** How many keys a write adds and removes, by index. An index without a change is missing. */
function countChangedKeys(
  indexes: readonly Index[],
  before: mongo.Document | null,
  after: mongo.Document | null,
): Record<string, number> {
  const changes = indexes.map((index): [string, number] => {
    const [old, fresh] = [toKeys(index, before), toKeys(index, after)];
    const isOnlyIn = (others: readonly string[]) => (key: string) => !others.includes(key);
    return [index.name, old.filter(isOnlyIn(fresh)).length + fresh.filter(isOnlyIn(old)).length];
  });
  return Object.fromEntries(changes.filter(([, count]) => count > 0));
}

it('writes a subtask once per batch, reads it unless it is new, and changes these index keys', async () => {
  const taskId = await queuedTask(store, '127.0.0.0/30');
  const claim = claimOf(taskId, 0);
  const indexes = listIndexes();
  const read = () => connection.collection('subtasks').findOne({ task_id: taskId });
  const recording = recordCommands();
  const life: Record<string, object> = {};
  let before = await read();
  for (const [name, update] of [
    ['claimed', report(claim, 'ASSIGNED')],
    ['scanned', report(claim, 'SCANNING')],
    ['completed, nothing open', report(claim, 'COMPLETED')],
  ] as const) {
    const first = recording.commands.length;
    await store.subTasks.batchUpdateSubTasks([update]);
    const commands = recording.commands.slice(first).filter(({ collection }) => collection === 'subtasks');
    const writes = commands
      .filter(({ name }) => ['insert', 'update', 'delete'].includes(name))
      .map(({ command }) => (command['documents'] ?? command['updates'] ?? command['deletes']).length as number);
    const after = await read();
    life[name] = {
      reads: commands.length - writes.length,
      writes: writes.reduce((sum, count) => sum + count, 0),
      keys: countChangedKeys(indexes, before, after),
    };
    before = after;
  }
  recording.stop();
  expect(life).toEqual({
    claimed: { reads: 0, writes: 1, keys: { _id: 1, [BY_STATUS]: 1, [BY_NODE]: 1, [BY_DEADLINE]: 1 } },
    scanned: { reads: 1, writes: 1, keys: { [BY_STATUS]: 2, [BY_NODE]: 2, [BY_DEADLINE]: 2 } },
    'completed, nothing open': { reads: 1, writes: 1, keys: { [BY_STATUS]: 2, [BY_NODE]: 1, [BY_DEADLINE]: 1 } },
  });
});
