import { type DeadLetter, EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import type { Service } from '@cyberstroll/runtime';
import { callManagement, eventually } from '@cyberstroll/testkit';
import { createService } from './create-service';
import { type Fixture, setup } from './setup';

let fixture: Fixture;
let services: Service[];
beforeAll(async () => {
  fixture = await setup();
  services = ['scheduler-1', 'scheduler-2'].map((INSTANCE_ID) =>
    createService(fixture.testbed, { INSTANCE_ID, RETRY_INTERVAL_MS: '20' }),
  );
  await Promise.all(services.map((service) => service.start()));
});
afterAll(async () => {
  await Promise.all((services ?? []).map((service) => service.stop()));
  await fixture?.cleanup();
});

const deadLetter = (reason: string, changes: Partial<DeadLetter> = {}): DeadLetter => ({
  reason,
  detail: 'a test',
  queue: QUEUES.stateUpdates.name,
  first_seen: new Date().toISOString(),
  content: { status: 'COMPLETED' },
  ...changes,
});
const find = (reason: string) => fixture.store.deadLetters.findMatching({ reason }, 100);
const kept = (reason: string, count: number) =>
  eventually(async () => {
    const found = await find(reason);
    expect(found).toHaveLength(count);
    return found;
  });

/** A message from any sender, sent by the management API of RabbitMQ. */
async function publishRaw(exchange: string, routing_key: string, payload: string, properties: object = {}) {
  const { rabbitmq_management_url: url, vhost } = fixture.testbed;
  const path = `/api/exchanges/${vhost}/${exchange || 'amq.default'}/publish`;
  const body = { routing_key, payload, payload_encoding: 'base64', properties };
  expect(await callManagement(url, 'POST', path, body)).toEqual({ routed: true });
}
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

it('two replicas store every dead letter once', async () => {
  const deadLetters = Array.from({ length: 100 }, () => deadLetter('many'));
  await Promise.all(deadLetters.map((each) => fixture.deps.publisher.deadLetter(each)));
  await kept('many', 100);
  await eventually(async () => (await fixture.deps.broker.queueDepth(QUEUES.deadLetters.name)).known === 0);
});

it('counts dead letters by reason and origin, reports them together, and alerts about all that wait', async () => {
  const texts = () =>
    Promise.all(services.map(async (service) => (await fetch(`http://127.0.0.1:${service.port()}/metrics`)).text()));
  const countKept = async (labels: string) => {
    const lines = (await texts()).join('\n').split('\n');
    return lines.filter((line) => line.includes(labels)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  };
  const reports = () =>
    fixture.events.filter(({ type, reason }) => type === 'alert.dead_letter' && reason?.includes('tale'));
  const deadLetters = Array.from({ length: 40 }, (_, i) => deadLetter('tale', i < 10 ? { queue: 'cs.jobs.edge' } : {}));
  const begunMs = performance.now();
  await Promise.all(deadLetters.map((each) => fixture.deps.publisher.deadLetter(each)));
  await kept('tale', 40);
  await eventually(async () => {
    expect(await countKept('reason="tale",origin="cs.updates"')).toBe(30);
    expect(await countKept('reason="tale",origin="cs.jobs"')).toBe(10);
    const counts = reports().flatMap(({ reason }) =>
      [...reason!.matchAll(/(\d+) tale/g)].map(([, count]) => Number(count)),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
  });
  // Each replica reports once a second at most, however many dead letters arrive.
  const seconds = Math.ceil((performance.now() - begunMs) / 1_000) + 1;
  expect(reports().length).toBeLessThanOrEqual(services.length * seconds);
  await eventually(async () => {
    const { items } = await fixture.store.alerts.findPage({ rule: 'dead_letter', limit: 10 });
    expect(items).toMatchObject([
      {
        subject: 'system',
        state: 'firing',
        summary: expect.stringMatching(/^\d+ waiting for a decision: .*\b40 tale/),
      },
    ]);
  });
});

it('stores a message that a consumer refused and RabbitMQ dead-lettered, with the queue it came from', async () => {
  const queue = toJobQueue('lost');
  const { broker, publisher } = fixture.deps;
  await broker.declareJobQueue('lost');
  const { rabbitmq_management_url: url, vhost } = fixture.testbed;
  await publisher.publish(EXCHANGES.jobs.name, 'lost', { $where: '1', 'a.b': { $set: 1 }, task: 'lost' });
  // "Refuse" of the management API is a nack without requeue.
  await callManagement(url, 'POST', `/api/queues/${vhost}/${queue.name}/get`, {
    count: 1,
    ackmode: 'reject_requeue_false',
    encoding: 'auto',
  });
  const [summary] = await kept('rejected', 1);
  const whole = await fixture.store.deadLetters.getDeadLetter(summary!.dead_letter_id);
  expect(whole).toMatchObject({ queue: 'cs.jobs.lost', exchange: 'cs.jobs', routing_key: 'lost', replayable: true });
  expect(JSON.parse(whole.content)).toMatchObject({ $where: '1', task: 'lost' });
});

it('stores no job that left its queue at its time, and anything else that expired', async () => {
  await fixture.deps.broker.declareJobQueue('late');
  const expiration = { expiration: '1' };
  await publishRaw(EXCHANGES.jobs.name, 'late', base64('{"task":"a job"}'), expiration);
  await publishRaw('', toJobQueue('late').name, base64('{"task":"other"}'), expiration);
  await kept('expired', 1);
  await eventually(async () => (await fixture.deps.broker.queueDepth(QUEUES.deadLetters.name)).known === 0);
  const found = await find('expired');
  const contents = found.map(({ dead_letter_id }) => fixture.store.deadLetters.getDeadLetter(dead_letter_id));
  expect(await Promise.all(contents)).toMatchObject([{ content: '{"task":"other"}' }]);
});

it('stores content that is not JSON or too large once, with its type, and continues', async () => {
  const key = 'unheard-of';
  await publishRaw(EXCHANGES.deadLetters.name, key, base64('not JSON \u001b[2J'));
  await publishRaw(EXCHANGES.deadLetters.name, key, base64(Buffer.from([0xff, 0xfe, 0x00])));
  await publishRaw(EXCHANGES.deadLetters.name, key, base64(`{"long":"${'x'.repeat(5_000_000)}"}`));
  await publishRaw(EXCHANGES.deadLetters.name, key, base64('{"__proto__":{"$set":{"state":"discarded"}},"$a":1}'));
  const deadLetters = await kept('unknown_form', 4);
  const wholes = await fixture.store.deadLetters.findWhole(deadLetters.map(({ dead_letter_id }) => dead_letter_id));
  const byType = wholes.map(({ content_type, content_bytes, content, state }) => [
    content_type,
    content_bytes,
    content.slice(0, 25),
    state,
  ]);
  expect(byType.sort()).toEqual([
    ['base64', 3, '//4A', 'waiting'],
    ['json', 5_000_011, '{"long":"xxxxxxxxxxxxxxxx', 'waiting'],
    ['json', 51, '{"__proto__":{"$set":{"st', 'waiting'],
    ['text', 13, 'not JSON \u001b[2J', 'waiting'],
  ]);
  expect(Math.max(...wholes.map(({ content }) => content.length))).toBe(64 * 1024);
  await eventually(async () => (await fixture.deps.broker.queueDepth(QUEUES.deadLetters.name)).known === 0);
});
