import { EXCHANGES, type SubTaskUpdate } from '@cyberstroll/contracts';
import { createTcpProxy } from '@cyberstroll/testkit';
import { createClaimCheck } from '../src/sweeps/check-claims';
import { createHeartbeatHandler } from '../src/sweeps/handle-heartbeat';
import { timeOutTasksOnce } from '../src/sweeps/time-out-tasks';
import { createService } from './create-service';
import { createMonitorClock, type Fixture, setup, toHeartbeat } from './setup';

const TIMEOUT_MS = 15_000;
const TEN_MINUTES_MS = 600_000;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

/** One clock is ten minutes behind, the other ten minutes ahead. */
const NODES = [-TEN_MINUTES_MS, TEN_MINUTES_MS].map((skewMs, i) => ({
  node_id: `skewed-${i}`,
  instance_id: `skewed-${i}-a`,
  skewMs,
}));
const NODE_IDS = NODES.map(({ node_id }) => node_id);

const toBeat = ({ skewMs, ...node }: (typeof NODES)[number]) =>
  toHeartbeat({ ...node, timestamp: Date.now() + skewMs });

async function report(taskId: string, status: SubTaskUpdate['status']): Promise<void> {
  const updates = NODES.map(({ skewMs, ...sender }, index) => {
    const time = new Date(Date.now() + skewMs).toISOString();
    const times = { assigned_time: time, started_time: time, ...(status === 'COMPLETED' && { completed_time: time }) };
    const claim = { task_id: taskId, subtask_id: `${taskId}-${index}`, attempt: 1, lease_id: sender.instance_id };
    return { sender, update: { ...claim, status, ...times } };
  });
  await fixture.store.subTasks.batchUpdateSubTasks(updates);
}

/** No node was lost, and no subtask is overdue. */
async function expectUntouched(taskId: string): Promise<void> {
  for (const index of NODES.keys()) {
    expect(await fixture.store.subTasks.getSubTask(`${taskId}-${index}`)).toMatchObject({
      status: 'SCANNING',
      attempt: 1,
    });
  }
  expect(fixture.updates).toEqual([]);
  expect((await fixture.store.nodes.findOnline()).map(({ node_id }) => node_id).sort()).toEqual(NODE_IDS);
  expect(fixture.events.map(({ type }) => type).filter((type) => type !== 'node.online')).toEqual([]);
}

it('F7: nodes with clocks that are ten minutes off keep their subtasks and finish them', async () => {
  const taskId = await fixture.createTask('127.0.0.0/31', { subtask_timeout: 300, timeout: 400 });
  const handle = createHeartbeatHandler({ ...fixture.deps, timeoutMs: TIMEOUT_MS });
  const rules = { timeoutMs: TIMEOUT_MS, share: 0.5, holdMs: 60_000, graceMs: 20_000 };
  const sweepAll = async (now: Date) => {
    const counts = await createClaimCheck({ ...fixture.deps, rules })(now);
    return { ...counts, tasks: await timeOutTasksOnce(fixture.deps, now) };
  };
  const begun = Date.now();
  for (const node of NODES) await handle({ body: toBeat(node) } as never);
  await report(taskId, 'SCANNING');
  await fixture.store.tasks.calculateTaskProgress(taskId);
  // They are silent for less than the timeout, on the monitor's clock.
  expect(await sweepAll(new Date(begun + TIMEOUT_MS - 1_000))).toEqual({ lost: 0, timed_out: 0, offline: 0, kept: 0 });
  await expectUntouched(taskId);

  await report(taskId, 'COMPLETED');
  const { transitions } = await fixture.store.tasks.calculateTaskProgress(taskId);
  expect(transitions).toMatchObject([{ status: 'COMPLETED' }]);
  for (const index of NODES.keys()) {
    const { status_history } = await fixture.store.subTasks.getSubTask(`${taskId}-${index}`);
    expect(status_history.map(({ status }) => status)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
    for (const { timestamp } of status_history) expect(timestamp.getTime()).toBeLessThanOrEqual(Date.now());
  }
  // The check is real: it sets both offline.
  expect(await sweepAll(new Date(Date.now() + TIMEOUT_MS + 1_000))).toEqual({
    lost: 0,
    timed_out: 0,
    offline: 2,
    kept: 0,
  });
});

it('F7: a monitor that stalls for longer than the timeout reassigns nothing from nodes that send heartbeats', async () => {
  const { testbed, publisher } = fixture;
  const proxy = await createTcpProxy(testbed.rabbitmq_url);
  const clock = createMonitorClock(fixture);
  const variables = { HEARTBEAT_TIMEOUT_MS: String(TIMEOUT_MS), SWEEP_INTERVAL_MS: '100' };
  const service = createService({ ...testbed, rabbitmq_url: proxy.url }, variables);
  await service.start();
  const heard = async () => {
    for (const node of NODES) await publisher.publish(EXCHANGES.heartbeats.name, 'heartbeat', toBeat(node));
    await clock.heard(NODE_IDS);
  };
  try {
    await heard();
    const taskId = await fixture.createTask('127.0.0.0/31', { subtask_timeout: 300 });
    await report(taskId, 'SCANNING');
    for (const share of [1.5, 1.2, 2.5]) {
      await clock.pass(service, TIMEOUT_MS + 1_000, heard);
      // It may declare nodes silent.
      await clock.passed(service, 'check-claims');
      // When the monitor wakes, the heartbeats of the meantime do not arrive at once.
      proxy.delayReplies(300);
      clock.jump(share * TIMEOUT_MS);
      await clock.passed(service, 'watch-links');
      await heard();
      proxy.delayReplies(0);
    }
    await clock.pass(service, TIMEOUT_MS + 1_000, heard);
    await clock.passed(service, 'check-claims');
    await expectUntouched(taskId);
  } finally {
    await service.stop();
    clock.release();
    await proxy.close();
  }
});
