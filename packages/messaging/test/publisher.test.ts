import { EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { createOutageLog } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { createBrokerConnection } from '../src/connection/connection';
import { createPublisher } from '../src/publisher/publisher';
import { type Fixture, logger, setup } from './setup';

const { name: queue, routingKey } = QUEUES.stateUpdates;
const exchange = EXCHANGES.state.name;

describe('publisher', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await setup({ maxOutbox: 1_000, drainMs: 60_000, drainTriedMs: 60_000 });
    // So its channel is open: a test may hold the broker's answers at once.
    await fixture.publisher.publish(exchange, routingKey, 0);
    await fixture.drain(queue, 1);
  });
  afterEach(() => fixture.cleanup());

  it('resolves a publish when the broker has confirmed it, and not before', async () => {
    const { publisher, proxy, drain } = fixture;
    proxy.holdReplies();
    let confirmed = false;
    const published = publisher.publish(exchange, routingKey, { n: 1 }).then(() => {
      confirmed = true;
    });
    expect(await drain(queue, 1)).toEqual([{ n: 1 }]);
    expect(confirmed).toBe(false);
    expect(publisher.pending()).toBe(1);
    proxy.releaseReplies();
    await published;
    expect(publisher.pending()).toBe(0);
  });

  it('sends persistent JSON with its headers', async () => {
    const { publisher } = fixture;
    await publisher.publish(exchange, routingKey, { n: 1 }, { headers: { traceparent: 'x' } });
    const [got] = await fixture.take(queue, 1);
    expect(got!.properties).toMatchObject({
      contentType: 'application/json',
      deliveryMode: 2,
      headers: { traceparent: 'x' },
      appId: 'test',
    });
  });

  it('names the user of the URL where it is asked to', async () => {
    const { broker, testbed } = fixture;
    const publisher = await testbed.start(broker.createPublisher({ namesUser: true }));
    await publisher.publish(exchange, routingKey, { n: 1 });
    const [got] = await fixture.take(queue, 1);
    expect(got!.properties).toMatchObject({ userId: new URL(testbed.rabbitmq_url).username });
  });

  it('names no user any more where RabbitMQ knows the connection under another name', async () => {
    const { testbed } = fixture;
    const url = testbed.rabbitmq_url;
    const outages = createOutageLog(logger, 'rabbitmq', {});
    const connection = createBrokerConnection({ url, name: 'test', declare: async () => {}, outages, logger });
    connection.start();
    testbed.defer(() => connection.stop());
    const from = { connection, appId: 'test', user: 'nobody', stateQueues: 1, logger };
    const publisher = await testbed.start(createPublisher(from, { namesUser: true }));
    await publisher.publish(exchange, routingKey, { n: 1 });
    const [got] = await fixture.take(queue, 1);
    expect(got!.properties.userId).toBeUndefined();
  });

  it('sends unconfirmed messages again, in order, after the connection was cut', async () => {
    const { publisher, proxy, drain } = fixture;
    const publishes: Promise<void>[] = [];
    const send = (from: number, to: number) => {
      for (let n = from; n < to; n++) publishes.push(publisher.publish(exchange, routingKey, n));
    };
    proxy.holdReplies();
    send(0, 300);
    await eventually(async () => (await fixture.countMessages(queue)) > 0);
    proxy.cut();
    send(300, 600);
    proxy.releaseReplies();
    expect(publisher.pending()).toBe(600);
    proxy.restore();
    await Promise.all(publishes);

    const arrived = (await drain(queue, 600)) as number[];
    expect([...new Set(arrived)].sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, n) => n));
    // After the last repeat everything is in order: what was sent again is a run from the first unconfirmed to the end.
    const replay = arrived.slice(arrived.lastIndexOf(0));
    expect(replay).toEqual(Array.from({ length: 600 }, (_, n) => n));
  });

  it('loses nothing when an operator closes the connections', async () => {
    const { publisher, broker, drain } = fixture;
    const publishes: Promise<void>[] = [];
    let isClosed = false;
    const closed = fixture.closeConnections().finally(() => {
      isClosed = true;
    });
    for (let n = 0; !isClosed || n % 20 > 0; n++) {
      publishes.push(publisher.publish(exchange, routingKey, n));
      if (n % 20 === 0) await publishes.at(-1);
    }
    await closed;
    await eventually(() => broker.isConnected());
    await Promise.all(publishes);
    const count = publishes.length;
    expect(new Set(await drain(queue, count)).size).toBe(count);
  });

  it('refuses a message beyond the outbox bound, and keeps those in the outbox', async () => {
    const { publisher, proxy, drain } = fixture;
    proxy.cut();
    await eventually(() => !fixture.broker.isConnected());
    const kept = Array.from({ length: 1_000 }, (_, n) => publisher.publish(exchange, routingKey, n));
    await expect(publisher.publish(exchange, routingKey, 1_000)).rejects.toMatchObject({
      kind: 'overloaded',
      code: 'outbox_full',
    });
    expect(publisher.pending()).toBe(1_000);
    proxy.restore();
    await Promise.all(kept);
    expect(await drain(queue, 1_000)).toHaveLength(1_000);
  });

  it('gives up a publish when its caller’s time is over, whether it was sent or not, and forgets it', async () => {
    const { publisher, proxy, broker, drain } = fixture;
    proxy.holdReplies();
    const slow = { kind: 'transient', code: 'broker_slow' };
    await expect(publisher.publish(exchange, routingKey, 1, { withinMs: 50 })).rejects.toMatchObject(slow);
    proxy.cut();
    await eventually(() => !broker.isConnected());
    await expect(publisher.publish(exchange, routingKey, 2, { withinMs: 50 })).rejects.toMatchObject(slow);
    expect(publisher.pending()).toBe(0);
    proxy.releaseReplies();
    proxy.restore();
    await publisher.publish(exchange, routingKey, 3, { withinMs: 3_600_000 });
    const arrived = await drain(queue, 1);
    expect(arrived).not.toContain(2);
    expect(arrived).toContain(3);
  });

  it('tries best effort only while connected, and calls back when the broker has confirmed it', async () => {
    const { publisher, proxy, broker } = fixture;
    let confirmed = 0;
    const tryIt = (n: number) => publisher.tryPublish('cs.heartbeats', 'heartbeat', { n }, () => confirmed++);
    await eventually(() => tryIt(1));
    expect(await fixture.drain(QUEUES.heartbeats.name, 1)).toEqual([{ n: 1 }]);
    await eventually(() => expect(confirmed).toBe(1));
    proxy.holdReplies();
    expect(tryIt(2)).toBe(true);
    expect(await fixture.drain(QUEUES.heartbeats.name, 1)).toEqual([{ n: 2 }]);
    proxy.releaseReplies();
    await eventually(() => expect(confirmed).toBe(2));
    proxy.holdReplies();
    expect(tryIt(3)).toBe(true);
    proxy.cut();
    await eventually(() => !broker.isConnected());
    expect(tryIt(4)).toBe(false);
    expect(confirmed).toBe(2);
    proxy.releaseReplies();
    proxy.restore();
  });

  it('declares a deleted queue again, and sends unroutable messages again', async () => {
    const { publisher, channel, drain } = fixture;
    await publisher.publish(exchange, routingKey, 1);
    await channel.deleteQueue(queue);
    await publisher.publish(exchange, routingKey, 2);
    expect(await drain(queue, 1)).toEqual([2]);
  });

  it('declares a deleted exchange again', async () => {
    const { publisher, channel, drain } = fixture;
    await channel.deleteExchange(exchange);
    await publisher.publish(exchange, routingKey, 1);
    expect(await drain(queue, 1)).toEqual([1]);
  });

  it('says so when no queue takes a message', async () => {
    await expect(fixture.publisher.publish('cs.jobs', 'nowhere', 1)).rejects.toMatchObject({ code: 'unroutable' });
    await fixture.publisher.publish('cs.control', '', 1);
    expect(fixture.publisher.pending()).toBe(0);
  });

  it('stops after the last confirm, and takes nothing more', async () => {
    const { publisher, drain } = fixture;
    const published = Array.from({ length: 100 }, (_, n) => publisher.publish(exchange, routingKey, n));
    await publisher.stop();
    await Promise.all(published);
    await expect(publisher.publish(exchange, routingKey, 101)).rejects.toMatchObject({ code: 'publisher_stopped' });
    expect(await drain(queue, 100)).toHaveLength(100);
  });

  it('stops after the confirm of what it sent best effort: a queue may drop it if the channel ends first', async () => {
    const { publisher, proxy, drain } = fixture;
    let confirmed = 0;
    const tryIt = (n: number) => publisher.tryPublish('cs.heartbeats', 'heartbeat', { n }, () => confirmed++);
    await eventually(() => tryIt(1));
    await eventually(() => expect(confirmed).toBe(1));
    proxy.holdReplies();
    expect(tryIt(2)).toBe(true);
    const stopped = publisher.stop();
    expect(await drain(QUEUES.heartbeats.name, 2)).toEqual([{ n: 1 }, { n: 2 }]);
    proxy.releaseReplies();
    await stopped;
    expect(confirmed).toBe(2);
  });

  it('puts a dead letter under the key of its queue', async () => {
    const deadLetter = {
      reason: 'bad_field',
      detail: 'x',
      queue,
      first_seen: new Date(0).toISOString(),
      content: { a: 1 },
    };
    await fixture.publisher.deadLetter(deadLetter);
    const [got] = await fixture.take(QUEUES.deadLetters.name, 1);
    expect(got!.fields.routingKey).toBe(queue);
    expect(JSON.parse(got!.content.toString())).toEqual(deadLetter);
  });
});
