import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATIONS, type Operation } from '@cyberstroll/contracts';
import { createTestbed, type Testbed } from '@cyberstroll/testkit';
import { createConnection, mongo } from 'mongoose';
import { type Api, createApi } from './api-client';
import { createService, KEYS } from './create-service';

type Documents = Record<string, mongo.Document[]>;

/** All that the last release wrote for three tasks that have ended: completed, failed, cancelled. */
const FILE = join(__dirname, 'documents/0.1.0-rc.1.json');
const written = mongo.BSON.EJSON.parse(readFileSync(FILE, 'utf8')) as Documents;
/** A later release may add fields. */
const toLater = (documents: Documents): Documents =>
  Object.fromEntries(
    Object.entries(documents).map(([name, all]) => [
      name,
      all.map((each) => ({ ...each, added_later: { is: 'ignored' } })),
    ]),
  );

let testbed: Testbed;
let api: Api;
let port: number;
async function open(documents: Documents) {
  testbed = await createTestbed();
  const connection = await createConnection(testbed.mongodb_uri).asPromise();
  for (const [name, all] of Object.entries(documents))
    if (all.length > 0) await connection.collection(name).insertMany(all);
  // MongoDB deletes a node that was not seen for long.
  await connection.collection('nodes').updateMany({}, { $set: { last_seen: new Date() } });
  await connection.close();
  const service = await testbed.start(createService(testbed));
  api = createApi(() => service.port());
  port = service.port()!;
}
afterEach(() => testbed?.cleanup());

const [completed, failed, cancelled] = ['COMPLETED', 'FAILED', 'CANCELLED'].map(
  (status) => written['tasks']!.find((task) => task['status'] === status)!['task_id'] as string,
);
/** An operation with another parameter reads what the last release did not have. */
const toParameters = (taskId: string | undefined): Record<string, string> => ({
  task_id: taskId!,
  other_id: completed!,
  subtask_id: `${taskId}-0`,
  node_id: 'node-1',
  alert_id: written['alerts']![0]!['alert_id'] as string,
  dead_letter_id: written['dead_letters']![0]!['dead_letter_id'] as string,
});
const QUERIES: Record<string, string> = { search: '?q=node' };
/** A stream, and what only a session has. */
const LEFT_OUT = ['getTaskEvents', 'getSession'];

/** Every operation that only reads, with what there is to read. */
const PATHS = (Object.entries(OPERATIONS) as [string, Operation][])
  .filter(([id, { method }]) => method === 'GET' && !LEFT_OUT.includes(id))
  .flatMap(([id, { path }]) =>
    (path.includes('{task_id}') ? [completed, failed, cancelled] : [undefined]).flatMap((taskId) => {
      const parameters = toParameters(taskId);
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
      if (names.some((name) => !(name in parameters))) return [];
      return `${path.replaceAll(/\{(\w+)\}/g, (_, name) => parameters[name]!)}${QUERIES[id] ?? ''}`;
    }),
  );

it('reads all that the last release has written, as documented, and scans failed addresses of it again', async () => {
  await open(written);
  const read = async (path: string) => {
    const { status, body } = await api('GET', path, { key: KEYS.admin });
    expect([path, status, status === 200 ? undefined : body]).toEqual([path, 200, undefined]);
    return body;
  };
  for (const path of PATHS) await read(path);
  expect((await read('/api/tasks')).items).toHaveLength(3);
  expect((await read(`/api/tasks/${completed}`)).progress).toMatchObject({ total_targets: 4, completed_count: 4 });
  const [held] = written['nodes']![0]!['current_tasks'];
  expect(await read('/api/nodes/node-1')).toHaveProperty('current_tasks', [held]);
  // Without a document each: they are known by the targets of the task.
  const { items } = await read(`/api/tasks/${cancelled}/subtasks`);
  const subTasks = items.map(({ ip, status }: Record<string, string>) => `${ip} ${status}`);
  expect(subTasks.sort()).toEqual([0, 1, 2, 3].map((last) => `127.0.2.${last} CANCELLED`));
  const again = { from_task: failed, only: 'failed', task_initiator: 'ada' };
  const { status: created, body: task } = await api('POST', '/api/tasks', { body: again });
  expect([created, task.progress?.total_targets]).toEqual([201, 1]);
  const retry = await api('POST', `/api/tasks/${failed}/retry`, { body: { reason: 'after the upgrade' } });
  expect([retry.status, retry.body]).toEqual([200, expect.objectContaining({ status: 'RUNNING' })]);
});

it('reads all with fields that a later release has added', async () => {
  await open(toLater(written));
  const headers = { authorization: `Bearer ${KEYS.admin}` };
  for (const path of PATHS) {
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    expect([path, status]).toEqual([path, 200]);
  }
});
