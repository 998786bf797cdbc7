import { changeWebhookBodySchema } from '@cyberstroll/contracts';
import { createWebhookReceiver, toUpdate, type WebhookReceiver } from '@cyberstroll/testkit';
import { createChangeDelivery } from '../src/delivery/deliver-changes';
import { type Fixture, setup } from './setup';

const SECRET = 'a webhook secret of the test';
const NODE = { node_id: 'n1', instance_id: 'n1-a' };

let fixture: Fixture;
let receiver: WebhookReceiver;
beforeEach(async () => {
  fixture = await setup();
  receiver = await createWebhookReceiver(SECRET);
});
afterEach(async () => {
  await receiver?.close();
  await fixture?.cleanup();
});

const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const createPass = () => {
  const { store, deps } = fixture;
  const { logger } = deps;
  return createChangeDelivery({ store, countTry: () => undefined, logger }, { TASK_WEBHOOK_TIMEOUT_MS: 10_000 });
};
const createWebhook = (filter: object = {}) =>
  fixture.store.webhooks.create(
    { name: 'hook', url: `${receiver.url}/changes`, secret: SECRET, operator: 'ada', change: 0, ...filter },
    new Date(),
  );
const findWebhook = async () => (await fixture.store.webhooks.findPage({ limit: 1 })).items[0]!;
/** Completes a scan of this address that finds these ports. */
async function scan(ip: string, open_ports: number[]): Promise<void> {
  const taskId = await fixture.createTask(ip);
  const scan_result = { open_ports, services: [], response_time: 1 };
  await fixture.claim(taskId, [0], NODE, toUpdate(taskId, 0, { status: 'COMPLETED', scan_result }));
  while (await fixture.store.inventory.followOnce());
}
const bodies = () => receiver.received.map(({ body }) => changeWebhookBodySchema.parse(body));
const received = () =>
  bodies().flatMap(({ changes }) => changes.map(({ ip, kind, port }) => [ip, kind, port].filter(Boolean).join(' ')));

it('sends each change that the filter asks for, in order and signed, and again after a crash', async () => {
  const deliverOnce = createPass();
  await createWebhook({ kind: ['port_opened'], ports: [22, 443], target: '127.0.0.0/24' });
  expect(await deliverOnce(new Date())).toBeUndefined();
  await scan('127.0.0.1', [22, 80]);
  await scan('127.0.1.1', [22]);
  await scan('127.0.0.2', [443]);
  expect(await deliverOnce(new Date())).toEqual({ delivered: 2 });
  expect(received()).toEqual(['127.0.0.1 port_opened 22', '127.0.0.2 port_opened 443']);
  expect(receiver.received[0]).toMatchObject({ path: '/changes', isGenuine: true });
  expect(bodies()[0]).toMatchObject({ type: 'inventory.changed', webhook: 'hook' });
  expect(await deliverOnce(new Date())).toBeUndefined();

  await scan('127.0.0.3', [22]);
  const webhooks = { ...fixture.store.webhooks, notePlace: () => Promise.reject(new Error('killed')) };
  const { logger } = fixture.deps;
  const killed = createChangeDelivery(
    { store: { hosts: fixture.store.hosts, webhooks }, countTry: () => undefined, logger },
    { TASK_WEBHOOK_TIMEOUT_MS: 10_000 },
  );
  await expect(killed(new Date())).rejects.toThrow('killed');
  expect(await deliverOnce(new Date())).toEqual({ delivered: 1 });
  expect(received().slice(2)).toEqual(['127.0.0.3 port_opened 22', '127.0.0.3 port_opened 22']);
});

it('waits longer after each fault, says what went wrong, and leaves out what is refused 20 times', async () => {
  const deliverOnce = createPass();
  await createWebhook({ kind: ['port_opened'] });
  await scan('127.0.0.1', [22]);
  receiver.answers.push(503);
  expect(await deliverOnce(new Date())).toEqual({ delivered: 0 });
  expect(await findWebhook()).toMatchObject({ tries: 1, fault: 'answered 503', failing_since: expect.any(Date) });
  expect(await deliverOnce(new Date(0))).toBeUndefined();
  expect(await deliverOnce(later(10))).toEqual({ delivered: 1 });
  const { failing_since, fault, tries } = await findWebhook();
  expect([failing_since, fault, tries]).toEqual([undefined, undefined, 0]);

  await scan('127.0.0.2', [22]);
  receiver.answers.push(...Array<number>(20).fill(410));
  for (let n = 1; n < 20; n++) expect(await deliverOnce(later(10))).toEqual({ delivered: 0 });
  await deliverOnce(later(10));
  await scan('127.0.0.3', [22]);
  await deliverOnce(later(10));
  expect(received().at(-1)).toBe('127.0.0.3 port_opened 22');
  expect(received().filter((each) => each.startsWith('127.0.0.2'))).toHaveLength(20);
});
