import { type DeadLetter, EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import type { Service } from '@cyberstroll/runtime';
import { collect, eventually } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { createMonitorClock, type Fixture, setup, toHeartbeat } from './setup';

let fixture: Fixture;
let service: Service;
let clock: ReturnType<typeof createMonitorClock>;
beforeAll(async () => {
  fixture = await setup();
  clock = createMonitorClock(fixture);
  service = createService(fixture.testbed, { SWEEP_INTERVAL_MS: '100' });
  await service.start();
});
afterAll(async () => {
  await service?.stop();
  clock?.release();
  await fixture?.cleanup();
});

const send = (body: unknown) => fixture.publisher.publish(EXCHANGES.heartbeats.name, 'heartbeat', body);
const findNode = async (nodeId: string) =>
  (await fixture.store.nodes.findNodes()).find(({ node_id }) => node_id === nodeId);

it('is ready while RabbitMQ and MongoDB answer', async () => {
  await eventually(async () => (await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status === 200);
});

it.each(['raise-alerts', 'raise-queue-alerts'])('leads %s', async (sweep) => {
  await eventually(async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${service.port()}/metrics`)).text();
    expect(metrics).toMatch(new RegExp(`^cyberstroll_sweep_leader\\{.*sweep="${sweep}".*\\} 1$`, 'm'));
  });
});

it('puts a node online with its first heartbeat, and offline when it falls silent', async () => {
  await send(toHeartbeat({ node_id: 'brief' }));
  await eventually(async () => (await findNode('brief'))?.status === 'online');
  const types = () => fixture.events.filter(({ node_id }) => node_id === 'brief').map(({ type }) => type);
  await clock.pass(service, 32_000);
  await eventually(async () => (await findNode('brief'))?.status === 'offline');
  await eventually(() => expect(types()).toEqual(['node.online', 'node.offline']));
});

it('fails the claims of a node that said goodbye, when its last reports had time to arrive', async () => {
  const node = { node_id: 'leaving', instance_id: 'leaving-a' };
  await send(toHeartbeat(node));
  await eventually(async () => (await findNode('leaving')) !== undefined);
  const taskId = await fixture.createTask('127.0.0.0/28');
  await fixture.claim(taskId, [0], node);
  await send(toHeartbeat({ ...node, status: 'offline' }));
  await eventually(async () => (await findNode('leaving'))?.status === 'offline');
  await clock.pass(service, 6_000);
  await eventually(async () => (await fixture.statusOf(taskId, 0)) === 'RETRYING');
  // The reason is not its silence.
  const reassigned = fixture.updates.filter(({ task_id }) => task_id === taskId).map((update) => update.reassigned);
  expect(reassigned[0]).toBe('left');
  expect((await findNode('leaving'))?.status).toBe('offline');
});

it('dead-letters an invalid heartbeat, with the name of the field', async () => {
  const deadLetters = await collect<DeadLetter>(fixture, QUEUES.deadLetters);
  await send(toHeartbeat({ node_id: 'bad', capacity: -1 }));
  await eventually(() =>
    expect(deadLetters).toContainEqual(
      expect.objectContaining({ reason: 'bad_heartbeat', fold: true, detail: expect.stringMatching(/^capacity: /) }),
    ),
  );
  expect(await findNode('bad')).toBeUndefined();
});
