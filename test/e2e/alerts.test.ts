import type { Alert, Page } from '@cyberstroll/contracts';
import type { ServiceProcess } from '@cyberstroll/local';
import { createWebhookReceiver, eventually, type WebhookReceiver } from '@cyberstroll/testkit';
import type { Wire } from './api';
import { startLightStack } from './light-stack';
import { startCli } from './run-cli';
import type { TestStack } from './test-stack';

const SECRET = 'a webhook secret of the test';

let system: TestStack;
let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await createWebhookReceiver(SECRET);
  system = await startLightStack({
    processes: ['heartbeat-monitor'],
    // The node may stand still for some seconds while it lives.
    nodes: { 'node-a': { HEARTBEAT_INTERVAL_MS: '500', LEASE_MS: '8000' } },
    serviceEnvironment: {
      'heartbeat-monitor': {
        HEARTBEAT_TIMEOUT_MS: '8000',
        SWEEP_INTERVAL_MS: '250',
        ALERT_INTERVAL_MS: '250',
        ALERT_NODE_SILENT_MS: '12000',
        ALERT_WEBHOOKS: `${receiver.url}/hook`,
        ALERT_WEBHOOK_SECRET: SECRET,
      },
    },
    // What the test kills stays dead until it starts it again.
    timing: { baseMs: 3_600_000, capMs: 3_600_000 },
  });
});

afterAll(async () => {
  await system?.stop();
  await receiver?.close();
});

async function kill(process: ServiceProcess) {
  await process.kill();
  await eventually(() => expect(process.identity).toBeUndefined());
}
const findAlerts = async () => (await system.api.get<Page<Wire<Alert>>>('/api/alerts?rule=node_silent')).items;
/** The changes that have arrived, each once: the same one may come twice. */
function delivered() {
  const changes = new Map(receiver.received.map(({ body }) => [body['delivery_id'], body]));
  return [...changes.values()].map((body) => [body['state'], body['subject'], body['operator']]);
}

it('reports a silent node to operator and webhook, from the first moment to the end, while the monitor crashes', async () => {
  const [node] = system.find('node-a');
  const [monitor] = system.find('heartbeat-monitor');
  receiver.answers.push(503);
  // A node that was never heard is missed by nobody.
  await eventually(async () => (await system.api.findNodes()).some(({ node_id }) => node_id === 'node-a'));
  await kill(node!);
  await eventually(async () => expect(await findAlerts()).toMatchObject([{ state: 'firing' }]));
  const [alert] = await findAlerts();
  expect(alert).toMatchObject({ subject: 'node-a', runbook: 'docs/runbooks/node_silent.md' });
  const firing = ['firing', 'node-a', 'heartbeat-monitor'];
  await eventually(() => expect(receiver.received.length).toBeGreaterThan(1));
  expect(delivered()).toEqual([firing]);

  await kill(monitor!);
  const ack = ['alert', 'ack', alert!.alert_id, '--reason', 'on my way'];
  expect(await startCli(ack, system.dir).ended).toMatchObject({
    code: 0,
    stdout: `alert ${alert!.alert_id} acknowledged: node_silent node-a\n`,
  });
  expect(delivered()).toEqual([firing]);
  monitor!.start();
  const acknowledged = ['acknowledged', 'node-a', 'local'];
  await eventually(() => expect(delivered()).toEqual([firing, acknowledged]));

  node!.start();
  await eventually(async () => expect(await findAlerts()).toMatchObject([{ state: 'resolved' }]));
  const resolved = ['resolved', 'node-a', 'heartbeat-monitor'];
  await eventually(() => expect(delivered()).toEqual([firing, acknowledged, resolved]));
  expect(receiver.received.filter(({ isGenuine }) => !isGenuine)).toEqual([]);
  const { history } = await system.api.get<Wire<Alert>>(`/api/alerts/${alert!.alert_id}`);
  expect(history.map(({ state, operator }) => [state, operator])).toEqual([
    ['firing', 'heartbeat-monitor'],
    ['acknowledged', 'local'],
    ['resolved', 'heartbeat-monitor'],
  ]);
});
