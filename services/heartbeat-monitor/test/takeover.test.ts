import { createTestStore, eventually } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup, toHeartbeat } from './setup';

const SWEEPS = ['fail-silent', 'fail-zombies', 'fail-abandoned', 'time-out-subtasks', 'time-out-tasks'];
const TAKEN_OVER_MS = 10_000;
const LEADER_TTL_MS = 7_000;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await setup();
});
afterAll(() => fixture?.cleanup());

it('a second replica takes over the sweeps of a killed leader within 10 s, and none before', async () => {
  const silent = { node_id: 'silent', instance_id: 'silent-a' };
  const gone = { node_id: 'gone', instance_id: 'gone-a' };
  const alive = { node_id: 'alive', instance_id: 'alive-a' };
  const beat = (...held: string[]) => {
    const current_tasks = held.map((taskId) => ({ subtask_id: `${taskId}-0`, status: 'scanning', progress: 0 }));
    return fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...alive, current_tasks }), new Date());
  };
  await fixture.store.nodes.recordHeartbeat(toHeartbeat(silent), new Date());
  await fixture.store.nodes.recordHeartbeat(toHeartbeat({ ...gone, status: 'offline' }), new Date());
  const [held, overdue, late] = await Promise.all([
    fixture.createTask('127.0.0.0/28'),
    fixture.createTask('127.0.1.0/28', { subtask_timeout: 1 }),
    fixture.createTask('127.0.2.0/28', { timeout: 1 }),
  ]);
  await fixture.claim(held!, [0], silent);
  await fixture.claim(held!, [1], gone);
  await fixture.claim(overdue!, [0], alive);
  await fixture.claim(late!, [0], alive);

  // The timeout is less than a lease lasts. The monitor may stand still for half of it and still declare nodes silent.
  const service = createService(fixture.testbed, { INSTANCE_ID: 'monitor-2', HEARTBEAT_TIMEOUT_MS: '6000' });
  const killed = createTestStore(fixture.testbed, 'monitor-1');
  await killed.start();
  const renewLeases = async () => {
    for (const leadership of SWEEPS)
      expect(await killed.leases.acquire(`leader:heartbeat-monitor:${leadership}`, LEADER_TTL_MS)).toBe(true);
  };
  await renewLeases();
  await service.start();
  try {
    // The first replica renews its leases a last time, and is never heard of again.
    await eventually(async () => (await fetch(`http://127.0.0.1:${service.port()}/readyz`)).status === 200);
    await renewLeases();
    const killedAt = Date.now();
    await killed.stop();
    const firstEnd = async (taskId: string, index: number) => {
      const { status_history } = await fixture.store.subTasks.getSubTask(`${taskId}-${index}`);
      return status_history.find(({ status }) => status === 'FAILED' || status === 'TIMEOUT')?.timestamp;
    };
    const times = await eventually(
      async () => {
        await beat(overdue!, late!);
        const offline = fixture.events.find(({ type, node_id }) => type === 'node.offline' && node_id === 'silent');
        const ended = (await fixture.store.tasks.getTask(late!)).status_history.find((e) => e.status === 'TIMEOUT');
        const found = [
          offline && new Date(offline.timestamp),
          await firstEnd(held!, 0),
          await firstEnd(held!, 1),
          await firstEnd(overdue!, 0),
          ended?.timestamp,
        ];
        return found.every((time) => time !== undefined) ? (found as Date[]) : null;
      },
      { timeoutMs: 20_000 },
    );
    for (const time of times) {
      const elapsedMs = time.getTime() - killedAt;
      expect(elapsedMs).toBeGreaterThan(5_000);
      expect(elapsedMs).toBeLessThan(TAKEN_OVER_MS);
    }
  } finally {
    await service.stop();
  }
});
