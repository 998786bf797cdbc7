import { createLeadership } from '@cyberstroll/coordination';
import { createTcpProxy, createTestStore, eventually } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup, toHeartbeat } from './setup';

const LEASES = ['mongodb', 'rabbitmq', 'heartbeats'].map((need) => `leader:heartbeat-monitor:${need}`);
/** The first replica holds its leases for as long as the test wants. */
const HELD_MS = 3_600_000;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('a second replica takes over the sweeps of a killed leader when its leases end, and none before', async () => {
  const silent = { node_id: 'silent', instance_id: 'silent-a' };
  const gone = { node_id: 'gone', instance_id: 'gone-a' };
  const alive = { node_id: 'alive', instance_id: 'alive-a' };
  const beat = (...held: string[]) => {
    const current_tasks = held.map((taskId) => ({ subtask_id: `${taskId}-0`, status: 'scanning', progress: 0 }));
    return fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...alive, current_tasks }), new Date());
  };
  await fixture.store.nodes.recordHeartbeat(toHeartbeat(silent), new Date(Date.now() - 60_000));
  await fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...gone, status: 'offline' }), new Date(Date.now() - 60_000));
  const [held, overdue, late] = await Promise.all([
    fixture.createTask('127.0.0.0/28'),
    fixture.createTask('127.0.1.0/28', { subtask_timeout: 1 }),
    fixture.createTask('127.0.2.0/28', { timeout: 1 }),
  ]);
  await fixture.claim(held!, [0], silent);
  await fixture.claim(held!, [1], gone);
  await fixture.claim(overdue!, [0], alive);
  await fixture.claim(late!, [0], alive);
  const statusesOfWork = async () => [
    ...(await fixture.store.nodes.findNodes(['silent'])).map(({ status }) => status),
    ...(await Promise.all([
      fixture.statusOf(held!, 0),
      fixture.statusOf(held!, 1),
      fixture.statusOf(overdue!, 0),
      fixture.store.tasks.getTask(late!).then(({ status }) => status),
    ])),
  ];

  const proxy = await createTcpProxy(fixture.testbed.mongodb_uri);
  const service = createService(
    { ...fixture.testbed, mongodb_uri: proxy.url },
    { INSTANCE_ID: 'monitor-2', HEARTBEAT_TIMEOUT_MS: '6000' },
  );
  const killed = createTestStore(fixture.testbed, 'monitor-1');
  await killed.start();
  const renewLeases = async (ttlMs: number) => {
    expect(await killed.leases.acquireAll(LEASES, ttlMs)).toEqual(new Set(LEASES));
  };
  await renewLeases(HELD_MS);
  const asked = LEASES.map((lease) => proxy.countRequests(lease));
  await service.start();
  try {
    // A replica asks for a lease only when it could work. The first time, it would work at once.
    await eventually(async () => {
      await beat(overdue!, late!);
      expect(Math.min(...asked.map(({ count }) => count))).toBeGreaterThanOrEqual(3);
    });
    expect(await statusesOfWork()).toEqual(['online', 'SCANNING', 'SCANNING', 'SCANNING', 'RUNNING']);

    await renewLeases(1);
    await killed.stop();
    await eventually(async () => {
      await beat(overdue!, late!);
      expect(await statusesOfWork()).toEqual(['offline', 'RETRYING', 'RETRYING', 'RETRYING', 'TIMEOUT']);
    });
  } finally {
    await service.stop();
    await proxy.close();
  }
});

it('the lease of a leader lasts 7 s past its last renewal: with the question of each second, less than 10 s', async () => {
  const keep = jest.fn(async () => true);
  expect(
    await createLeadership({ keep } as never, 'dispatcher')
      .join()
      .isLeader(),
  ).toBe(true);
  expect(keep).toHaveBeenCalledWith('leader:dispatcher', 7_000);
});
