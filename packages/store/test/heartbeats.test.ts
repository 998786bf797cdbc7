import { createHash } from 'node:crypto';
import { type Heartbeat, toSubTaskId } from '@cyberstroll/contracts';
import {
  createTestbed,
  recordCommands,
  type Testbed,
  testLogger,
  toHeartbeat,
  toRecordableUri,
} from '@cyberstroll/testkit';
import { type Connection, createConnection, mongo } from 'mongoose';
import { createStore, type Store } from '../src';

let testbed: Testbed;
let store: Store;
let connection: Connection;
beforeAll(async () => {
  testbed = await createTestbed();
  const uri = toRecordableUri(testbed.mongodb_uri);
  store = await testbed.start(createStore({ uri, instance: 'monitor', logger: testLogger }));
  connection = await createConnection(testbed.mongodb_uri).asPromise();
  testbed.defer(() => connection.close());
});
afterAll(() => testbed?.cleanup());

const toTaskId = (place: number) => createHash('sha256').update(`task ${place}`).digest('hex').slice(0, 24);
/** `count` subtasks of this number of tasks, at different stages. */
const toList = (count: number, tasks: number): Heartbeat['current_tasks'] =>
  Array.from({ length: count }, (_, place) => ({
    subtask_id: toSubTaskId(toTaskId(place % tasks), 4_000 + 7 * place),
    status: place % 10 === 0 ? 'assigned' : 'scanning',
    progress: place % 10 === 0 ? 0 : (place * 37) % 100,
  }));

const beat = (current_tasks: Heartbeat['current_tasks']) =>
  store.nodes.recordHeartbeat(
    toHeartbeat({ capacity: 100, methods: ['port_scan'], version: '1.0.0', contract: 1, current_tasks }),
    new Date(),
  );
const findNode = async () => (await store.nodes.findNodes(['n1']))[0]!;

it('a heartbeat of a node with 100 slots is a command of few bytes, whatever it scans', async () => {
  await beat([]);
  const recording = recordCommands();
  for (const list of [[], toList(100, 1), toList(100, 5), toList(100, 100)]) await beat(list);
  recording.stop();
  const sizes = recording.commands.map(({ command }) => mongo.BSON.calculateObjectSize(command));
  // With the list as BSON a hundred subtasks were 10,600 bytes.
  const limits = [1_600, 2_300, 2_400, 3_800];
  expect({ sizes, isOver: sizes.map((size, place) => size > limits[place]!) }).toEqual({
    sizes: expect.anything(),
    isOver: limits.map(() => false),
  });
});

it('a node has the whole list of its last heartbeat; a list of nodes has the first hundred', async () => {
  for (const list of [toList(250, 3), toList(2, 2), toList(101, 1)]) {
    await beat(list);
    expect(await findNode()).toMatchObject({ current_task_count: list.length, current_tasks: list });
    expect(await store.nodes.getNode('n1')).toHaveProperty('current_tasks', list);
    const [listed] = (await store.nodes.findPage({ limit: 1 })).items;
    expect(listed).toHaveProperty('current_tasks', list.slice(0, 100));
    for (const view of [await findNode(), listed]) expect(view).not.toHaveProperty('task_pages');
  }
});
