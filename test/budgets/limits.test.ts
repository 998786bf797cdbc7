/**
 * What a turn under limits asks of MongoDB, and a look at all limits, with many open tasks and many limits: commands,
 * and kB of replies. Both are counts.
 */
import type { Covers } from '@cyberstroll/contracts';
import { createLimitTurns } from '@cyberstroll/coordination';
import { createStore, type Store } from '@cyberstroll/store';
import {
  createQueuedTask,
  createTestbed,
  testLogger as logger,
  recordCommands,
  type Testbed,
  toRecordableUri,
} from '@cyberstroll/testkit';
import { type Connection, createConnection, Types } from 'mongoose';
import { toCost } from './measure';

const OUT = 20;
/** Tasks that one pass of the dispatcher plans with. */
const ASKED = 100;
const OPEN = 10_000;
const INSERTED_AT_ONCE = 2_000;
const LIMIT_MS = 600_000;

let testbed: Testbed;
let store: Store;
let connection: Connection;
let ids: string[] = [];
beforeAll(async () => {
  testbed = await createTestbed();
  store = createStore({
    uri: toRecordableUri(testbed.mongodb_uri),
    instance: 'budgets',
    logger,
    sessionTtlMs: 3_600_000,
  });
  await store.start();
  connection = await createConnection(testbed.mongodb_uri).asPromise();
}, LIMIT_MS);
afterAll(async () => {
  await connection?.close();
  await store?.stop();
  await testbed?.cleanup();
});

/** The first of them have something out. */
async function seedTasks(count: number): Promise<void> {
  const tasks = connection.collection('tasks');
  if (ids.length === 0) ids = [await createQueuedTask(store, '127.1.0.0/24')];
  const { _id, ...pattern } = (await tasks.findOne({ task_id: ids[0]! }))!;
  while (ids.length < count) {
    const some = Array.from({ length: Math.min(INSERTED_AT_ONCE, count - ids.length) }, () => new Types.ObjectId());
    await tasks.insertMany(
      some.map((id) => ({ ...pattern, status: 'QUEUED', cursor: 0, _id: id, task_id: id.toHexString() })),
    );
    ids.push(...some.map((id) => id.toHexString()));
  }
  const out = { $set: { status: 'RUNNING', cursor: 16 } };
  await tasks.updateMany({ task_id: { $in: ids.slice(0, OUT) } }, out);
}

/** They cover all of the tasks, and none of them, in each way. */
const toCovers = (n: number): Covers =>
  [{ all: true as const }, { network: `127.${n % 4}.0.0/16` }, { label: `label-${n}` }, { pool: `pool-${n}` }][n % 4]!;

async function seedLimits(count: number): Promise<void> {
  for (let n = (await store.limits.findAll()).length; n < count; n++) {
    const given = { covers: toCovers(n), max_concurrent: 1_000_000, max_starts_per_second: 100_000, operator: 'test' };
    await store.limits.create(given, new Date());
  }
}

async function measure() {
  const recording = recordCommands();
  const cost = async (run: () => Promise<unknown>) => {
    const first = recording.commands.length;
    await run();
    const own = recording.commands.slice(first).filter(({ name }) => name !== 'hello');
    return toCost(own);
  };
  try {
    // What is kept for a second is read once.
    const turns = createLimitTurns(store, { now: () => 0 });
    const asked = ids.slice(0, ASKED).map((task_id) => ({ task_id, config: { pool: 'default' } }));
    const pass = async () => {
      await turns.findLimited(asked, new Date());
      const turn = await turns.take(asked);
      turn!.headroom.take(asked[0]!.task_id, 1, (n) => 16 + n);
      await turn!.commit();
      await turn!.end();
    };
    const first = await cost(pass);
    return { first, next: await cost(pass), look: await cost(() => store.limits.findOverAll()) };
  } finally {
    recording.stop();
  }
}

it(
  'a pass costs the same with 1,000 and 10,000 open tasks, and no more commands with 100 limits than with one',
  async () => {
    const costs = new Map<string, Awaited<ReturnType<typeof measure>>>();
    await seedTasks(1_000);
    await seedLimits(1);
    costs.set('1,000 tasks, 1 limit', await measure());
    await seedTasks(OPEN);
    for (const count of [1, 10, 100]) {
      await seedLimits(count);
      costs.set(`10,000 tasks, ${count} limits`, await measure());
    }
    const [few, ...many] = [...costs.values()];
    const shown = JSON.stringify([...costs], undefined, 1);
    for (const { first, next, look } of many) {
      // The first of a second reads the limits, and which tasks have something out.
      expect([shown, next.commands <= 11, first.commands <= 15, look.commands <= 11]).toEqual([
        shown,
        true,
        true,
        true,
      ]);
      // The states of 100 limits, with the tasks that have something out under each.
      expect([shown, next.kilobytes <= 75]).toEqual([shown, true]);
    }
    expect([shown, many[0]!.next.kilobytes]).toEqual([shown, few!.next.kilobytes]);
  },
  LIMIT_MS,
);
