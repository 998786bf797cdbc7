import { createKeyScope } from '@cyberstroll/access';
import { type Result, toSubTaskId } from '@cyberstroll/contracts';
import { upTo } from '@cyberstroll/testkit';
import type { Connection } from 'mongoose';
import { createDatabase, type Database } from '../src/mongodb/models/database';
import { findLabelled } from '../src/subtasks/results/labelled-tasks';
import { findResults, type ResultQuery } from '../src/subtasks/results/result-queries';
import { claimOf, queuedTask, report, type StoreFixture, setup } from './setup';

let fixture: StoreFixture;
let connection: Connection;
let db: Database;
let first: string;
let second: string;
/** Later than any job of this test was sent. */
const START = Date.now() + 3_600_000;
/** When the n-th address of each task was scanned. */
const timeOf = (index: number) => new Date(START + index * 1_000);

/** Scans addresses of 127.0.0.0/22: port 22 is open on every 8th, port 80 on every 4th, none on the others. */
async function scanned(from: number, nameOf: (port: number) => string): Promise<string> {
  const taskId = await queuedTask(fixture.store, '127.0.0.0/22', { order: 'sequential' });
  const indexes = Array.from({ length: 512 }, (_, i) => from + i);
  const portsOf = (index: number) => [...(index % 8 === 0 ? [22] : []), ...(index % 4 === 0 ? [80] : [])];
  const { results } = await fixture.store.subTasks.batchUpdateSubTasks(
    indexes.map((index) =>
      report(claimOf(taskId, index), 'COMPLETED', {
        completed_time: timeOf(index).toISOString(),
        scan_result: {
          open_ports: portsOf(index),
          response_time: 1,
          services: portsOf(index).map((port) => `${port}/tcp ${nameOf(port)} banner of 22/tcp`),
        },
      }),
    ),
    timeOf(1_024),
  );
  expect(results.every(({ outcome }) => outcome === 'applied')).toBe(true);
  return taskId;
}

beforeAll(async () => {
  fixture = await setup();
  ({ connection } = await fixture.openParts('results'));
  db = createDatabase(() => connection);
  first = await scanned(0, (port) => (port === 22 ? 'ssh' : 'http'));
  second = await scanned(256, (port) => (port === 22 ? 'OpenSSH' : 'ssl/http-proxy'));
});
afterAll(() => fixture?.cleanup());

/** All pages, and the same as a stream. */
async function findAll(query: ResultQuery): Promise<Result[]> {
  const { results } = fixture.store;
  const pages: Result[] = [];
  let cursor: string | undefined;
  do {
    const page = await results.findPage({ ...query, cursor, limit: 50 });
    pages.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  const streamed: Result[] = [];
  for await (const result of await results.stream(query, new AbortController().signal)) streamed.push(result);
  expect(pages).toEqual(streamed);
  return streamed;
}
const ips = (results: Result[]) => results.map(({ ip }) => ip);

it('finds the hosts with a port open across all tasks, the newest first', async () => {
  const found = await findAll({ port: 22 });
  expect(found).toHaveLength(128);
  expect(found.every(({ open_ports }) => open_ports.includes(22))).toBe(true);
  const times = found.map(({ completed_time }) => completed_time.getTime());
  expect(times.toSorted((a, b) => b - a)).toEqual(times);
  expect(found[0]).toEqual({
    task_id: second,
    subtask_id: toSubTaskId(second, 760),
    ip: '127.0.2.248',
    open_ports: [22, 80],
    services: ['22/tcp OpenSSH banner of 22/tcp', '80/tcp ssl/http-proxy banner of 22/tcp'],
    ports: [
      { port: 22, protocol: 'tcp', state: 'open', service: 'OpenSSH', banner: 'banner of 22/tcp' },
      { port: 80, protocol: 'tcp', state: 'open', service: 'ssl/http-proxy', banner: 'banner of 22/tcp' },
    ],
    response_time: 1,
    completed_time: timeOf(760),
    assigned_node: 'node-1',
  });
});

it('finds addresses of a network in their order, and those of one address, across all tasks', async () => {
  expect(ips(await findAll({ target: '127.0.0.8/29' }))).toEqual(['127.0.0.8', '127.0.0.12']);
  expect(ips(await findAll({ target: '127.0.1.0/29', port: 22 }))).toEqual(['127.0.1.0', '127.0.1.0']);
  expect(ips(await findAll({ target: '127.0.1.4' }))).toEqual(['127.0.1.4', '127.0.1.4']);
  for (const target of ['127.0.0.1', '::/0', '::ffff:127.0.0.8', '10.0.0.0/8']) {
    expect(await findAll({ target })).toEqual([]);
  }
});

it('finds results of a task in its order, and of a time', async () => {
  const ofTask = await findAll({ task_id: first, port: 22 });
  expect(ips(ofTask).slice(0, 2)).toEqual(['127.0.0.0', '127.0.0.8']);
  expect(ofTask).toHaveLength(64);
  const [after, before] = [timeOf(8).toISOString(), timeOf(16).toISOString()];
  expect(ips(await findAll({ after, before }))).toEqual(['127.0.0.12', '127.0.0.8']);
  expect(ips(await findAll({ task_id: first, after, before }))).toEqual(['127.0.0.8', '127.0.0.12']);
  expect(await findAll({ task_id: 'f'.repeat(24) })).toEqual([]);
});

it('finds services by a part of their name, never by their banner, with a port on that port', async () => {
  const count = async (query: ResultQuery) => (await findAll(query)).length;
  expect(await count({ service: 'ssh' })).toBe(128);
  expect(await count({ service: 'OPENSSH' })).toBe(64);
  expect(await count({ service: 'ssl/http' })).toBe(128);
  expect(await count({ service: 'http', port: 22 })).toBe(0);
  for (const service of ['banner', 'of', 'tcp', '.*', '22/tcp']) expect(await count({ service })).toBe(0);
});

it('reads a task in the order of addresses, and begins after any address', async () => {
  const all = await findAll({ task_id: second, by_address: true });
  expect(ips(all)).toEqual(ips(await findAll({ task_id: second })));
  const cursor = `47f0001f8-${'f'.repeat(24)}`;
  const rest = await fixture.store.results.findPage({ task_id: second, by_address: true, cursor, limit: 1_000 });
  expect(ips(rest.items)).toEqual(ips(all).slice(ips(all).indexOf('127.0.1.248') + 1));
});

it('knows which addresses a task has scanned', async () => {
  const addresses = ['127.0.0.0', '127.0.0.1', '127.0.2.0', '10.0.0.1'];
  const scannedOnes = await fixture.store.subTasks.findScanned(first, addresses);
  expect([...scannedOnes.keys()]).toEqual(['127.0.0.0', '127.0.0.1']);
  expect(scannedOnes.get('127.0.0.1')).toEqual({ created_time: expect.any(Date), completed_time: expect.any(Date) });
  expect(await fixture.store.subTasks.findScanned(first, [])).toEqual(new Map());
});

it('finds only addresses in the networks of a key, in their order, with every other filter', async () => {
  const { ranges: within } = createKeyScope(['127.0.1.0/30', '127.0.0.8/29', '::/0']);
  const inside = ['127.0.0.8', '127.0.0.12', '127.0.1.0', '127.0.1.0'];
  expect(ips(await findAll({ within }))).toEqual(inside);
  expect(ips(await findAll({ within, target: '127.0.1.0/24' }))).toEqual(inside.slice(2));
  expect(await findAll({ within, target: '127.0.2.0/24' })).toEqual([]);
  expect(ips(await findAll({ within, port: 22 }))).toEqual(['127.0.0.8', '127.0.1.0', '127.0.1.0']);
});

it('finds results of a label task by task, the newest first, and refuses too many tasks', async () => {
  await db.tasks.updateMany({ task_id: { $in: [first, second] } }, { $set: { labels: ['edge'] } });
  const [, newest] = [first, second].toSorted();
  const all = await findAll({ label: 'edge', port: 22 });
  expect([all.length, all[0]!.task_id]).toEqual([128, newest]);
  expect(ips(all).slice(0, 64)).toEqual(ips(await findAll({ task_id: newest, port: 22 })));
  expect(ips(await findAll({ label: 'edge', target: '127.0.1.0/29' }))).toEqual([
    '127.0.1.0',
    '127.0.1.4',
    '127.0.1.0',
    '127.0.1.4',
  ]);
  expect(ips(await findAll({ label: 'edge', task_id: first, target: '127.0.1.0' }))).toEqual(['127.0.1.0']);
  expect(await findAll({ label: 'core' })).toEqual([]);

  const plan = await findLabelled(db, { label: 'edge', before: new Date().toISOString() }).explain('queryPlanner');
  const winner = JSON.stringify(plan['queryPlanner'].winningPlan);
  expect(winner).toContain('"keyPattern":{"labels":1,"created_time":1,"_id":1}');
  expect(winner).not.toContain('"SORT"');

  const task = (await db.tasks.findOne({ task_id: first }, { projection: { _id: 0 } }))!;
  const copies = upTo(199).map((n) => ({ ...task, task_id: n.toString(16).padStart(24, '0') }));
  await db.tasks.insertMany(copies);
  const refused = fixture.store.results.findPage({ label: 'edge', limit: 1 });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_query', details: { field: 'label', limit: 200 } });
});

it('takes the first results of a list, and says whether these are all', async () => {
  const takeFirst = async (query: ResultQuery & { limit: number }) => {
    const taken: Result[] = [];
    const isAll = await fixture.store.results.takeFirst(
      query,
      (result) => taken.push(result),
      new AbortController().signal,
    );
    return [isAll, ips(taken)];
  };
  expect(await takeFirst({ target: '127.0.0.8/29', limit: 2 })).toEqual([true, ['127.0.0.8', '127.0.0.12']]);
  expect(await takeFirst({ target: '127.0.0.8/29', limit: 1 })).toEqual([false, ['127.0.0.8']]);
});

it('refuses a cursor of a list in another order', async () => {
  const { next_cursor: cursor } = await fixture.store.results.findPage({ target: '127.0.0.0/24', limit: 1 });
  const refused = fixture.store.results.findPage({ cursor, limit: 1 });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_query', details: { field: 'cursor' } });
});

it.each<[string, ResultQuery, string]>([
  ['a port', { port: 22 }, '"scan_result.open_ports":1,"completed_time":1,"_id":1'],
  [
    'a port and a time',
    { port: 80, after: timeOf(600).toISOString() },
    '"scan_result.open_ports":1,"completed_time":1,"_id":1',
  ],
  ['a time', { before: timeOf(300).toISOString() }, '"completed_time":1,"_id":1'],
  ['a network', { target: '127.0.1.0/26' }, '"address_key":1,"_id":1'],
  ['an address', { target: '127.0.1.4' }, '"address_key":1,"_id":1'],
  ['a task', {}, '"task_id":1,"has_open_ports":1,"index":1'],
  ['a task by address', { by_address: true }, '"task_id":1,"address_key":1'],
  ['networks of a key', { within: createKeyScope(['127.0.1.0/26']).ranges }, '"address_key":1,"_id":1'],
])('%s is read from its own index: nothing is sorted, and only matches are looked at', async (_name, query, keys) => {
  const ofTask = keys.includes('task_id') ? { task_id: second } : {};
  const plan = await findResults(db, { ...query, ...ofTask }).explain('executionStats');
  const winner = JSON.stringify(plan['queryPlanner'].winningPlan);
  expect(winner).toContain('"stage":"IXSCAN"');
  expect(winner).toContain(`"keyPattern":{${keys}}`);
  expect(winner).not.toContain('"SORT"');
  const { nReturned, totalDocsExamined } = plan['executionStats'];
  expect(nReturned).toBeGreaterThan(0);
  expect(totalDocsExamined).toBe(nReturned);
});

it('a later page begins at its cursor, not at the first result', async () => {
  const all = await findAll({ port: 22 });
  const { next_cursor: cursor } = await fixture.store.results.findPage({ port: 22, limit: 100 });
  const plan = await findResults(db, { port: 22, cursor }).explain('executionStats');
  expect(plan['executionStats'].nReturned).toBe(all.length - 100);
  expect(plan['executionStats'].totalDocsExamined).toBeLessThanOrEqual(all.length - 98);
});
