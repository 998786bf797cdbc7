import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { callManagement, createTcpProxy, createWebhookReceiver, eventually, type TcpProxy } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { createMonitorClock, type Fixture, setup, toHeartbeat } from './setup';

const TIMEOUT_MS = 15_000;

let fixture: Fixture;
beforeEach(async () => {
  fixture = await setup();
});
afterEach(() => fixture?.cleanup());

const cutOff = {
  while: 'it is cut off from the broker',
  breakIt: async (proxy: TcpProxy) => proxy.cut(),
  mend: async (proxy: TcpProxy) => proxy.restore(),
};
/** Another queue has the same name, so that the queue cannot be declared again. */
const withoutQueue = {
  while: 'the queue of the heartbeats is gone, and its connections are up',
  async breakIt() {
    await callQueue('DELETE');
    await callQueue('PUT', { durable: true, arguments: { 'x-max-length': 1 } });
  },
  mend: () => callQueue('DELETE'),
};

const callQueue = async (method: 'PUT' | 'DELETE', body?: object): Promise<void> => {
  const { rabbitmq_management_url: url, vhost } = fixture.testbed;
  await callManagement(url, method, `/api/queues/${vhost}/${QUEUES.heartbeats.name}`, body);
};

async function isReady(service: ReturnType<typeof createService>): Promise<boolean> {
  const { status } = (await (await fetch(`http://127.0.0.1:${service.port()}/readyz`)).json()) as { status: string };
  return status === 'ok';
}

it.each([cutOff, withoutQueue])('loses no node while $while', async ({ breakIt, mend }) => {
  const { testbed } = fixture;
  const proxy = await createTcpProxy(testbed.rabbitmq_url);
  const service = createService(
    { ...testbed, rabbitmq_url: proxy.url },
    { HEARTBEAT_TIMEOUT_MS: String(TIMEOUT_MS), SWEEP_INTERVAL_MS: '100' },
  );
  const node_id = 'node-1';
  const beat = () => fixture.publisher.tryPublish(EXCHANGES.heartbeats.name, 'heartbeat', toHeartbeat({ node_id }));
  let beats: NodeJS.Timeout | undefined;
  const clock = createMonitorClock(fixture);
  const heard = () => clock.heard([node_id]);
  const findStatus = async () => (await fixture.store.nodes.findNodes([node_id])).map(({ status }) => status);
  try {
    await service.start();
    beats = setInterval(beat, 200);
    await heard();
    await clock.pass(service, TIMEOUT_MS + 1_000, heard);
    // It may declare nodes silent.
    await clock.passed(service, 'check-claims');
    await breakIt(proxy);
    await clock.pass(service, 2 * TIMEOUT_MS);
    expect(await findStatus()).toEqual(['online']);
    await mend(proxy);
    // Both of its connections: the time in which it may declare no node silent begins with the later one.
    await eventually(() => isReady(service));
    await heard();
    await clock.pass(service, TIMEOUT_MS + 1_000, heard);
    await clock.passed(service, 'check-claims');
    expect(await findStatus()).toEqual(['online']);
    const types = fixture.events.filter((event) => event.node_id === node_id).map(({ type }) => type);
    expect(types).toEqual(['node.online']);
  } finally {
    clearInterval(beats);
    await service.stop();
    clock.release();
    await proxy.close();
  }
});

it('while RabbitMQ is away, task alerts, webhooks and fleet metrics continue; node and queue alerts wait', async () => {
  const { testbed, store } = fixture;
  const secret = 'a webhook secret of the test';
  const receiver = await createWebhookReceiver(secret);
  const proxy = await createTcpProxy(testbed.rabbitmq_url);
  const variables = {
    // A monitor that stalls for half of it hears nothing for a while.
    HEARTBEAT_TIMEOUT_MS: '6000',
    SWEEP_INTERVAL_MS: '100',
    // A gauge shows a value for three intervals.
    METRICS_INTERVAL_MS: '1000',
    ALERT_INTERVAL_MS: '100',
    ALERT_NODE_SILENT_MS: '2000',
    ALERT_TASK_LIMIT_SECONDS: '1',
    ALERT_TASK_OVERLONG_FOR_MS: '100',
    ALERT_WEBHOOKS: receiver.url,
    ALERT_WEBHOOK_SECRET: secret,
    ALERT_WEBHOOK_TIMEOUT_MS: '10000',
  };
  const service = createService({ ...testbed, rabbitmq_url: proxy.url }, variables);
  const readMetrics = async () => (await fetch(`http://127.0.0.1:${service.port()}/metrics`)).text();
  const delivered = () => receiver.received.map(({ body }) => [body['rule'], body['subject'], body['state']]);
  try {
    await service.start();
    await eventually(async () => expect(await readMetrics()).toContain('cyberstroll_queue_messages{'));
    proxy.cut();
    await eventually(async () => expect(await readMetrics()).not.toContain('cyberstroll_queue_messages{'));
    const node = { node_id: 'unheard', instance_id: 'unheard-a' };
    await store.nodes.recordHeartbeat(toHeartbeat(node), new Date());
    const taskId = await fixture.createTask('127.0.0.0/30');
    await fixture.claim(taskId, [0], node);
    await eventually(() => expect(delivered()).toEqual([['task_overlong', taskId, 'firing']]));
    await eventually(async () =>
      expect(await readMetrics()).toMatch(/cyberstroll_tasks\{status="RUNNING",service="heartbeat-monitor"\} 1/),
    );
    await eventually(async () =>
      expect(
        (await readMetrics()).match(/cyberstroll_sweep_leader\{sweep="raise-(node|queue)-alerts".* 1/g),
      ).toBeNull(),
    );
    expect((await store.alerts.findActive()).map(({ rule }) => rule)).toEqual(['task_overlong']);
    proxy.restore();
    await eventually(async () => expect(await readMetrics()).toContain('cyberstroll_queue_messages{'));
    await eventually(() => expect(delivered()).toContainEqual(['node_silent', 'unheard', 'firing']));
  } finally {
    await service.stop();
    await proxy.close();
    await receiver.close();
  }
});
