import { Worker } from 'node:worker_threads';
import { EXCHANGES, type SubTaskUpdate } from '@cyberstroll/contracts';
import type { Service } from '@cyberstroll/runtime';
import { createTcpProxy, eventually, type TcpProxy } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup, toHeartbeat } from './setup';

const TIMEOUT_MS = 2_000;
const TEN_MINUTES_MS = 600_000;

let fixture: Fixture;
let service: Service;
let proxy: TcpProxy;
beforeAll(async () => {
  fixture = await setup();
  proxy = await createTcpProxy(fixture.testbed.rabbitmq_url);
  service = createService(
    { ...fixture.testbed, rabbitmq_url: proxy.url },
    { HEARTBEAT_TIMEOUT_MS: String(TIMEOUT_MS), SWEEP_INTERVAL_MS: '100' },
  );
  await service.start();
});
afterAll(async () => {
  await service?.stop();
  await proxy?.close();
  await fixture?.cleanup();
});

/** One clock is ten minutes behind, the other ten minutes ahead. */
const NODES = [-TEN_MINUTES_MS, TEN_MINUTES_MS].map((skewMs, i) => ({
  node_id: `skewed-${i}`,
  instance_id: `skewed-${i}-a`,
  skewMs,
}));
type SkewedNode = (typeof NODES)[number];

const toBeat = ({ skewMs, ...node }: SkewedNode) => toHeartbeat({ ...node, timestamp: Date.now() + skewMs });
const beat = (node: SkewedNode) => fixture.publisher.tryPublish(EXCHANGES.heartbeats.name, 'heartbeat', toBeat(node));
const lastSeen = async (nodeId: string) =>
  (await fixture.store.nodes.findNodes()).find(({ node_id }) => node_id === nodeId)?.last_seen.getTime() ?? 0;
const last = (ms: number, since = performance.now()) => eventually(() => performance.now() - since > ms);

async function report(taskId: string, status: SubTaskUpdate['status']): Promise<void> {
  const updates = NODES.map(({ skewMs, ...sender }, index) => {
    const time = new Date(Date.now() + skewMs).toISOString();
    const times = { assigned_time: time, started_time: time, ...(status === 'COMPLETED' && { completed_time: time }) };
    const claim = { task_id: taskId, subtask_id: `${taskId}-${index}`, attempt: 1, lease_id: sender.instance_id };
    return { sender, update: { ...claim, status, ...times } };
  });
  await fixture.store.taskStates.batchUpdateSubTasks(updates);
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
  expect(fixture.events.map(({ type }) => type).filter((type) => type !== 'node.online')).toEqual([]);
}

it('F7: nodes with clocks that are ten minutes off keep their subtasks and finish them', async () => {
  const taskId = await fixture.createTask('127.0.0.0/31', { subtask_timeout: 60, timeout: 300 });
  const beats = setInterval(() => NODES.forEach(beat), 200);
  try {
    for (const { node_id } of NODES) await eventually(async () => (await lastSeen(node_id)) > 0);
    await report(taskId, 'SCANNING');
    await fixture.store.taskStates.calculateTaskProgress(taskId);
    await last(2 * TIMEOUT_MS);
    await expectUntouched(taskId);
    await report(taskId, 'COMPLETED');
    const { steps } = await fixture.store.taskStates.calculateTaskProgress(taskId);
    expect(steps).toMatchObject([{ status: 'COMPLETED' }]);
    for (const index of NODES.keys()) {
      const { status_history } = await fixture.store.subTasks.getSubTask(`${taskId}-${index}`);
      expect(status_history.map(({ status }) => status)).toEqual(['ASSIGNED', 'SCANNING', 'COMPLETED']);
      for (const { timestamp } of status_history) expect(timestamp.getTime()).toBeLessThanOrEqual(Date.now());
    }
  } finally {
    clearInterval(beats);
  }
});

it('F7: nodes that stall for less than the timeout keep their subtasks', async () => {
  const taskId = await fixture.createTask('127.0.0.0/31', { subtask_timeout: 60 });
  await report(taskId, 'SCANNING');
  for (let pause = 0; pause < 3; pause++) {
    NODES.forEach(beat);
    await last(0.6 * TIMEOUT_MS);
  }
  NODES.forEach(beat);
  await expectUntouched(taskId);
  await report(taskId, 'COMPLETED');
});

/** Sends heartbeats from its own thread, whatever this one does. */
const BEATING = `
  const { workerData, parentPort } = require('node:worker_threads');
  require(workerData.amqplib).connect(workerData.url).then(async (connection) => {
    const channel = await connection.createChannel();
    const beat = () => {
      for (const one of workerData.beats) channel.publish(workerData.exchange, 'heartbeat', Buffer.from(JSON.stringify(one)));
    };
    beat();
    setInterval(beat, 500);
    parentPort.postMessage('beating');
  });
`;

it('F7: a monitor that stalls for longer than the timeout reassigns nothing from nodes that send heartbeats', async () => {
  const taskId = await fixture.createTask('127.0.0.0/31', { subtask_timeout: 60 });
  // When the monitor wakes, the heartbeats of the meantime do not arrive at once.
  proxy.delayReplies(200);
  const worker = new Worker(BEATING, {
    eval: true,
    workerData: {
      amqplib: require.resolve('amqplib'),
      url: fixture.testbed.rabbitmq_url,
      exchange: EXCHANGES.heartbeats.name,
      beats: NODES.map(toBeat),
    },
  });
  try {
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    const beating = Date.now();
    for (const { node_id } of NODES) await eventually(async () => (await lastSeen(node_id)) > beating);
    await report(taskId, 'SCANNING');
    for (const stallMs of [1.5, 1.2, 2.5].map((share) => share * TIMEOUT_MS)) {
      const before = Math.min(...(await Promise.all(NODES.map(({ node_id }) => lastSeen(node_id)))));
      const begun = performance.now();
      while (performance.now() - begun < stallMs);
      for (const { node_id } of NODES) {
        await eventually(async () => (await lastSeen(node_id)) > before + stallMs / 2);
      }
      await last(TIMEOUT_MS / 2);
    }
    await expectUntouched(taskId);
  } finally {
    await worker.terminate();
    proxy.delayReplies(0);
  }
}, 60_000);
