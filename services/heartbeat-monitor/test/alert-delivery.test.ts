import { type Alert, type AlertNotice, toWebhookBody, webhookBodySchema } from '@cyberstroll/contracts';
import type { AlertSighting } from '@cyberstroll/store';
import {
  createTcpProxy,
  createTestBroker,
  createWebhookReceiver,
  eventually,
  type WebhookReceiver,
} from '@cyberstroll/testkit';
import { createAlertDelivery, createEventsReceiver } from '../src/alerts/deliver-alerts';
import { noteUnsilencedOnce } from '../src/alerts/note-unsilenced';
import { createWebhooks as createAnyWebhooks } from '../src/delivery/webhooks';
import { type Fixture, setup } from './setup';

const SECRET = 'a webhook secret of the test';
const KEEP_MS = 3_600_000;
/** No receiver that answers is given up because the machine is slow. */
const PATIENT_MS = 60_000;

let fixture: Fixture;
let receiver: WebhookReceiver;
beforeEach(async () => {
  tries.length = 0;
  fixture = await setup();
  receiver = await createWebhookReceiver(SECRET);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await receiver?.close();
  await fixture?.cleanup();
});

const BACKLOG: AlertSighting = { rule: 'queue_backlog', subject: 'q', summary: '9 wait', value: 9, threshold: 5 };
const DEAD_LETTERS: AlertSighting = { rule: 'dead_letter', subject: 'system', summary: '2 bad_field' };
const otto = { reason: 'I look into it', operator: 'otto' };
const inAMinute = () => new Date(Date.now() + 60_000);

/** The outcomes of the tries to webhooks. */
const tries: string[] = [];
const countTry = (kind: string, outcome: string) => void (kind === 'webhook' && tries.push(outcome));
const createWebhooks = (options: {
  urls: string[];
  secret: string | undefined;
  oldSecret?: string;
  timeoutMs: number;
}) =>
  createAnyWebhooks<Alert, AlertNotice>({
    ...options,
    kind: 'webhook',
    variables: ['ALERT_WEBHOOKS', 'ALERT_WEBHOOK_SECRET'],
    toBody: toWebhookBody,
  });
const toWebhooks = (paths: string[], timeoutMs: number) =>
  createWebhooks({ urls: paths.map((path) => receiver.url + path), secret: SECRET, timeoutMs });
/** The sweep of the service, but it counts only deliveries to webhooks. */
function createSweep({
  paths = ['/hook'],
  timeoutMs = PATIENT_MS,
  webhooks = toWebhooks(paths, timeoutMs),
  events = createEventsReceiver(fixture.publisher),
  outbox = {},
  passMs = Number.POSITIVE_INFINITY,
} = {}) {
  let toEvents = 0;
  const deliverOnce = createAlertDelivery({
    ...fixture.deps,
    store: { ...fixture.store, alertOutbox: Object.assign(Object.create(fixture.store.alertOutbox), outbox) },
    keepMs: KEEP_MS,
    passMs,
    countTry(kind, outcome) {
      countTry(kind, outcome);
      if (kind === 'events' && outcome === 'delivered') toEvents++;
    },
    receivers: [events, ...webhooks],
  });
  return async (now: Date) => {
    toEvents = 0;
    const { delivered = 0 } = (await deliverOnce(now)) ?? {};
    return { delivered: delivered - toEvents };
  };
}
const raise = (sighting: AlertSighting) => fixture.store.alerts.raise(sighting, 'heartbeat-monitor', new Date());
const findOne = async () => (await fixture.store.alerts.findActive())[0]!;
/** Every delivery that is still to be made. */
const findLeft = () => fixture.store.alertOutbox.findDueOfOthers([], new Date(Date.now() + 86_400_000), 1_000);
const states = () => receiver.received.map(({ body }) => body['state']);

it('a pass whose time is over before its first try delivers one change all the same', async () => {
  const deliverOnce = createSweep({ passMs: -1 });
  await raise(BACKLOG);
  await raise(DEAD_LETTERS);
  expect(await deliverOnce(new Date())).toEqual({ delivered: 1 });
  expect(await deliverOnce(new Date())).toEqual({ delivered: 1 });
});

it('posts each change once, signed, and publishes it on cs.events', async () => {
  const deliverOnce = createSweep();
  await raise(BACKLOG);
  const { alert_id } = await findOne();
  expect(await deliverOnce(new Date())).toEqual({ delivered: 1 });
  await fixture.store.alerts.command(alert_id, 'acknowledged', otto, new Date());
  await fixture.store.alerts.clear(await findOne(), '3 wait', 'heartbeat-monitor', new Date());
  expect(await deliverOnce(new Date())).toEqual({ delivered: 2 });
  expect(await deliverOnce(inAMinute())).toEqual({ delivered: 0 });
  expect(await findLeft()).toEqual([]);
  expect(tries).toEqual(['delivered', 'delivered', 'delivered']);

  expect(receiver.received.map(({ isGenuine }) => isGenuine)).toEqual([true, true, true]);
  for (const { body } of receiver.received) expect(webhookBodySchema.parse(body)).toEqual(body);
  expect(receiver.received[0]!.body).toEqual({
    delivery_id: receiver.received[0]!.headers['webhook-id'],
    type: 'alert.queue_backlog',
    timestamp: expect.any(String),
    alert_id,
    rule: 'queue_backlog',
    subject: 'q',
    severity: 'critical',
    state: 'firing',
    reason: '9 wait',
    operator: 'heartbeat-monitor',
    runbook: 'docs/runbooks/queue_backlog.md',
  });
  const changes = [
    ['firing', '9 wait', 'heartbeat-monitor'],
    ['acknowledged', 'I look into it', 'otto'],
    ['resolved', '3 wait', 'heartbeat-monitor'],
  ];
  expect(receiver.received.map(({ body: { state, reason, operator } }) => [state, reason, operator])).toEqual(changes);
  await eventually(() => expect(fixture.events).toHaveLength(3));
  expect(fixture.events.map(({ alert_state, reason, operator }) => [alert_state, reason, operator])).toEqual(changes);
  expect(fixture.events[0]).toMatchObject({ type: 'alert.queue_backlog', alert_id });
});

it('webhooks hear of what is raised under a silence only if it still fires when the silence has ended', async () => {
  const deliverOnce = createSweep();
  const { alerts, silences } = fixture.store;
  const until = inAMinute();
  const given = { rule: 'queue_backlog', reason: 'a load test', operator: 'otto', until } as const;
  const { silence_id } = await silences.create(given, new Date());
  await raise(BACKLOG);
  await raise({ ...BACKLOG, subject: 'over' });
  const over = (await alerts.findActive()).find(({ subject }) => subject === 'over')!;
  expect(await deliverOnce(new Date())).toEqual({ delivered: 0 });
  await alerts.clear(over, '3 wait', 'heartbeat-monitor', new Date());
  expect(await deliverOnce(new Date())).toEqual({ delivered: 0 });
  await eventually(() => expect(fixture.events).toHaveLength(3));
  await silences.end(silence_id, new Date());
  await noteUnsilencedOnce(fixture.deps, new Date());
  expect(await deliverOnce(new Date())).toEqual({ delivered: 1 });
  expect(receiver.received.map(({ body: { state, subject } }) => [state, subject])).toEqual([['firing', 'q']]);
});

it.each<[string, number | 'cut' | 'hang', string]>([
  ['answers with an error', 500, 'answered 500'],
  ['refuses the change', 403, 'answered 403'],
  ['hangs up', 'cut', 'UND_ERR_SOCKET'],
  ['does not answer', 'hang', 'no answer within 1000 ms'],
  ['redirects', 307, 'answered 307'],
])('sends a change again, under the same id, to a receiver that %s', async (_name, answer, fault) => {
  const warn = jest.spyOn(fixture.deps.logger, 'warn');
  // The limit is short for the receiver alone that does not answer.
  const failing = createSweep(answer === 'hang' ? { timeoutMs: 1_000 } : {});
  receiver.answers.push(answer, answer);
  await raise(BACKLOG);
  for (let pass = 0; pass < 2; pass++) expect(await failing(inAMinute())).toEqual({ delivered: 0 });
  receiver.answers.length = 0;
  const deliverOnce = createSweep();
  for (const delivered of [1, 0]) expect(await deliverOnce(inAMinute())).toEqual({ delivered });
  expect(tries).toEqual(['failed', 'failed', 'delivered']);
  expect(receiver.received.every(({ path, isGenuine }) => path === '/hook' && isGenuine)).toBe(true);
  expect(new Set(receiver.received.map(({ body }) => body['delivery_id'])).size).toBe(1);
  expect(warn).toHaveBeenCalledWith(expect.objectContaining({ fault, tries: 1 }), 'alert not delivered');
});

it('with two replicas at once, every webhook and cs.events get each change once', async () => {
  const sweeps = [createSweep({ paths: ['/a', '/b'] }), createSweep({ paths: ['/a', '/b'] })];
  for (const subject of ['q', 'r', 's', 't', 'u']) await raise({ ...BACKLOG, subject });
  for (let pass = 0; pass < 4; pass++) await Promise.all(sweeps.map((deliverOnce) => deliverOnce(inAMinute())));
  expect(receiver.received).toHaveLength(10);
  expect(new Set(receiver.received.map(({ body }) => body['delivery_id'])).size).toBe(10);
  expect(new Set(receiver.received.map(({ path, body }) => `${path} ${body['subject']}`)).size).toBe(10);
  await eventually(() => expect(fixture.events).toHaveLength(5));
});

it('a crash loses nothing: the next replica sends what was stored, and again what was being sent', async () => {
  await raise(BACKLOG);
  const { alert_id } = await findOne();
  // The first replica dies before it sends anything; the second claims the delivery and dies.
  const next = createSweep({ outbox: { putOff: () => Promise.reject(new Error('killed')) } });
  receiver.answers.push('cut');
  await expect(next(new Date())).rejects.toThrow('killed');
  const after = createSweep();
  expect(await after(new Date())).toEqual({ delivered: 0 });
  expect(states()).toEqual(['firing']);
  expect(await after(new Date(Date.now() + 61_000))).toEqual({ delivered: 1 });
  expect(new Set(receiver.received.map(({ body }) => body['delivery_id'])).size).toBe(1);
  expect((await fixture.store.alerts.getAlert(alert_id)).state).toBe('firing');
});

it('webhooks get each change of an occurrence; on cs.events its component has published it', async () => {
  const deliverOnce = createSweep();
  await raise(DEAD_LETTERS);
  await raise(DEAD_LETTERS);
  await deliverOnce(new Date());
  const { alert_id } = await findOne();
  await fixture.store.alerts.command(alert_id, 'resolved', otto, new Date());
  await deliverOnce(new Date());
  expect(states()).toEqual(['firing', 'resolved']);
  await eventually(() => expect(fixture.events).toHaveLength(1));
  expect(fixture.events[0]).toMatchObject({ type: 'alert.dead_letter', alert_state: 'resolved', operator: 'otto' });
});

it('a receiver that hangs delays no other, however many alerts wait for it', async () => {
  const hanging = await createWebhookReceiver(SECRET);
  hanging.answers.push(...Array(20).fill('hang'));
  const webhooks = [
    ...createWebhooks({ urls: [hanging.url], secret: SECRET, timeoutMs: 1_000 }),
    ...createWebhooks({ urls: [receiver.url], secret: SECRET, timeoutMs: PATIENT_MS }),
  ];
  const deliverOnce = createSweep({ webhooks });
  const subjects = Array.from({ length: 130 }, (_, n) => `q${n}`);
  for (const subject of subjects) await raise({ ...BACKLOG, subject });
  try {
    // The same moment for all passes: the hanging receiver is left alone however long they take.
    const now = new Date();
    // From now on the deliveries of the hanging receiver are due first.
    for (let pass = 0; pass < 2; pass++) await deliverOnce(now);
    await raise({ ...BACKLOG, subject: 'late' });
    // A pass takes 100 alerts.
    for (let pass = 0; pass < 2; pass++) await deliverOnce(now);
    expect(receiver.received).toHaveLength(131);
    // It is left alone after five that failed in a row, with three more under way.
    expect(hanging.received.length).toBeLessThanOrEqual(4 * 8);
  } finally {
    await hanging.close();
  }
});

it('without RabbitMQ, webhooks get changes; cs.events gets them when it is back, with their own times', async () => {
  const proxy = await createTcpProxy(fixture.testbed.rabbitmq_url);
  const broker = createTestBroker({ rabbitmq_url: proxy.url }, 'cut-off');
  const publisher = broker.createPublisher();
  try {
    await broker.start();
    await publisher.start();
    const deliverOnce = createSweep({ events: createEventsReceiver(publisher) });
    proxy.cut();
    await eventually(() => expect(broker.isConnected()).toBe(false));
    await raise(BACKLOG);
    const { updated_time } = await findOne();
    expect(await deliverOnce(new Date())).toEqual({ delivered: 1 });
    expect((await findLeft()).map(({ delivery }) => delivery.target)).toEqual(['cs.events']);
    proxy.restore();
    await eventually(async () => {
      await deliverOnce(inAMinute());
      expect(await findLeft()).toEqual([]);
    });
    await eventually(() => expect(fixture.events.length).toBeGreaterThan(0));
    expect(fixture.events[0]).toMatchObject({ alert_state: 'firing', timestamp: updated_time.toISOString() });
  } finally {
    await publisher.stop();
    await broker.stop();
    await proxy.close();
  }
});

it('without a webhook, changes go to cs.events alone', async () => {
  const deliverOnce = createSweep({ paths: [] });
  await raise(BACKLOG);
  await deliverOnce(new Date());
  await eventually(() => expect(fixture.events).toHaveLength(1));
  expect(await fixture.store.alertOutbox.findNotices(10)).toEqual([]);
  expect(await findLeft()).toEqual([]);
});

it('refuses to start with webhooks and without a secret', () => {
  expect(() => createWebhooks({ urls: [receiver.url], secret: undefined, timeoutMs: 1_000 })).toThrow(
    /ALERT_WEBHOOKS is set and ALERT_WEBHOOK_SECRET is not/,
  );
});
