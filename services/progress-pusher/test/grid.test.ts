import { once } from 'node:events';
import { type Event, EXCHANGES } from '@cyberstroll/contracts';
import { type Change, decodeChanges } from '@cyberstroll/grid';
import {
  callManagement,
  createTestBroker,
  createUnsentTask,
  eventually,
  recordCommands,
  toRecordableUri,
  upTo,
} from '@cyberstroll/testkit';
import { WebSocket } from 'ws';
import { createService, KEY } from './create-service';
import { type Fixture, setup, watch } from './setup';

let fixture: Fixture;
let broker: ReturnType<typeof createTestBroker>;
let publisher: ReturnType<typeof broker.createPublisher>;
let taskId: string;

beforeAll(async () => {
  fixture = await setup('rabbitmq_url');
  broker = createTestBroker(fixture.testbed);
  publisher = broker.createPublisher();
  for (const part of [broker, publisher]) await part.start();
  taskId = await createUnsentTask(fixture.store, '127.0.0.0/20');
});
afterAll(async () => {
  await publisher?.stop();
  await broker?.stop();
  await fixture?.cleanup();
});

/** A WebSocket of a grid, with what it got. */
async function openGrid(service: ReturnType<typeof createService>, ofTask = taskId) {
  const headers = { authorization: `Bearer ${KEY}` };
  const socket = new WebSocket(`ws://127.0.0.1:${service.port()}/ws/tasks/${ofTask}/grid`, { headers });
  const texts: { type: string; reason?: string }[] = [];
  const changes: Change[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    if (!isBinary) return void texts.push(JSON.parse(String(data)));
    changes.push(...decodeChanges(data));
  });
  await once(socket, 'open');
  return { socket, texts, changes };
}
const isSubscribed = ({ texts }: { texts: { type: string }[] }) => texts.at(-1)?.type === 'reload';

/** Publishes that subtasks entered a status. */
function publish(status: string, indexes: readonly number[], more: Partial<Event> = {}) {
  const subtasks = indexes.map((index) => ({
    subtask_id: `${taskId}-${index}`,
    ip: '127.0.0.1',
    attempt: 1,
    node_id: 'node-a',
    ...(status === 'completed' && { open_ports: 1 }),
  }));
  const event = { type: `subtask.${status}`, timestamp: new Date().toISOString(), task_id: taskId, subtasks, ...more };
  expect(publisher.tryPublish(EXCHANGES.events.name, event.type, event)).toBe(true);
}

it('sends the changes of its task, the newest of each subtask, and asks the database nothing', async () => {
  const service = createService({ ...fixture.testbed, mongodb_uri: toRecordableUri(fixture.testbed.mongodb_uri) });
  await service.start();
  const grid = await openGrid(service);
  const recording = recordCommands();
  try {
    await eventually(() => isSubscribed(grid));
    expect(grid.texts.at(-1)).toMatchObject({ type: 'reload', reason: 'subscribed' });
    publish('pending', [4]);
    publish('scanning', [4], { task_id: 'f'.repeat(24) });
    for (let first = 0; first < 1_000; first += 100) {
      const indexes = upTo(100).map((i) => first + i);
      publish('scanning', indexes, { previous_status: 'ASSIGNED' });
      publish('completed', indexes, { previous_status: 'SCANNING' });
    }
    const byIndex = () => new Map(grid.changes.map((change) => [change.index, change]));
    await eventually(() => {
      const changes = [...byIndex().values()];
      expect([changes.length, changes.filter(({ status }) => status === 'COMPLETED').length]).toEqual([1_000, 1_000]);
    });
    expect(byIndex().get(999)).toMatchObject({
      index: 999,
      status: 'COMPLETED',
      attempt: 1,
      node: 'node-a',
      has_open_ports: true,
    });
    const count = (is: (change: Change) => boolean) => grid.changes.filter(is).length;
    expect(count(({ previous_status: left }) => left === 'ASSIGNED')).toBe(1_000);
    expect(count(({ previous_status: left }) => left === 'SCANNING')).toBe(
      count(({ status }) => status === 'SCANNING'),
    );
    expect(recording.commands.filter(({ collection }) => collection === 'subtasks')).toEqual([]);
  } finally {
    recording.stop();
    grid.socket.terminate();
    await service.stop();
  }
});

it('serves progress without RabbitMQ, says that no change comes, and is back when RabbitMQ is', async () => {
  fixture.proxy.cut();
  const service = createService(fixture.behindProxy);
  try {
    await service.start();
    expect((await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status).toBe(200);
    (await watch(service, taskId)).close();
    const grid = await openGrid(service);
    await eventually(() => grid.texts.at(-1)?.type === 'away');
    fixture.proxy.restore();
    await eventually(() => isSubscribed(grid));
    fixture.proxy.cut();
    await eventually(() => grid.texts.at(-1)?.type === 'away');
    fixture.proxy.restore();
    await eventually(() => grid.texts.at(-1)?.reason === 'broker_back');
    await eventually(() => {
      publish('failed', [7]);
      return grid.changes.some(({ index }) => index === 7);
    });
    grid.socket.terminate();
  } finally {
    fixture.proxy.restore();
    await service.stop();
  }
});

it('listens to events only while a grid is watched', async () => {
  const { rabbitmq_management_url, vhost } = fixture.testbed;
  const path = `/api/exchanges/${vhost}/${EXCHANGES.events.name}/bindings/source`;
  const countListeners = async () => ((await callManagement(rabbitmq_management_url, 'GET', path)) as unknown[]).length;
  const grid = await openGrid(fixture.service);
  await eventually(() => isSubscribed(grid));
  // The queues of the other tests may end a moment after their services.
  await eventually(async () => (await countListeners()) === 1);
  grid.socket.terminate();
  await eventually(async () => (await countListeners()) === 0);
});
