import { QUEUES, toJobQueue } from '@cyberstroll/contracts';
import { createAmqpProxy, eventually } from '@cyberstroll/testkit';
import { createBroker, DONE } from '../src';
import { type Fixture, logger, setup } from './setup';

describe('broker', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await setup();
  });
  afterEach(() => fixture.cleanup());

  it('is ready while connected, and again after each outage', async () => {
    const { broker, proxy } = fixture;
    broker.check();
    for (let outage = 0; outage < 2; outage++) {
      proxy.cut();
      await eventually(() => !broker.isConnected());
      expect(() => broker.check()).toThrow(expect.objectContaining({ kind: 'transient', code: 'broker_unavailable' }));
      proxy.restore();
      await eventually(() => broker.isConnected());
      broker.check();
    }
  });

  it('rejects an invalid URL, without the URL in the error', () => {
    const make = () => createBroker({ url: 'amqp//user:hidden@host', name: 'bad', logger });
    expect(make).toThrow(expect.objectContaining({ kind: 'fatal', code: 'bad_url' }));
    expect(make).toThrow(/^(?!.*hidden)/);
  });

  it('waits at start for a broker that is away', async () => {
    fixture.proxy.cut();
    const late = createBroker({ url: fixture.proxy.url, name: 'late', logger });
    const started = late.start();
    fixture.proxy.restore();
    await started;
    expect(late.isConnected()).toBe(true);
    await late.stop();
    await late.stop();
  });

  it('declares a job queue now, and again where it was deleted during an outage', async () => {
    const { broker, channel, proxy, publisher } = fixture;
    await broker.declareJobQueue('default');
    await broker.declareJobQueue('default');
    await publisher.publish('cs.jobs', 'default', 1);
    const { name } = toJobQueue('default');
    expect(await broker.queueDepth(name)).toEqual({ known: 1, latest: 1 });
    proxy.cut();
    await channel.deleteQueue(name);
    proxy.restore();
    await eventually(() => broker.isConnected());
    // Nobody takes from it: that it is empty is not known.
    expect(await broker.queueDepth(name)).toEqual({ known: undefined, latest: 1 });
  });

  it('reads the depths of the queues that exist, and rejects while the broker is away', async () => {
    const { broker, publisher, proxy } = fixture;
    await broker.declareJobQueue('default');
    await publisher.publish('cs.jobs', 'default', 1);
    const { name } = toJobQueue('default');
    const depths = await broker.queueDepths([toJobQueue('nobodys').name, name, 'cs.dead-letters']);
    expect([...depths]).toEqual([
      [name, { known: 1, latest: 1 }],
      ['cs.dead-letters', { known: undefined, latest: 0 }],
    ]);
    proxy.cut();
    await eventually(() => !broker.isConnected());
    await expect(broker.queueDepths([name])).rejects.toMatchObject({ kind: 'transient' });
    proxy.restore();
  });

  it('says that there is no such queue, or no broker, when asked for a depth', async () => {
    const { broker, proxy } = fixture;
    await expect(broker.queueDepth('nowhere')).rejects.toMatchObject({ kind: 'missing' });
    expect(broker.isConnected()).toBe(true);
    proxy.cut();
    await expect(broker.queueDepth('nowhere')).rejects.toMatchObject({ kind: 'transient' });
    await expect(broker.declareJobQueue('late')).rejects.toMatchObject({ kind: 'transient' });
    proxy.restore();
    await eventually(async () => (await broker.queueDepth(toJobQueue('late').name)).latest === 0);
  });

  it('takes the 0 of a leader that does not answer for unknown, until the next answer', async () => {
    const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
    const broker = createBroker({ url: proxy.url, name: 'behind the proxy', logger });
    await broker.start();
    const { name } = QUEUES.stateUpdates;
    for (let n = 0; n < 3; n++) await fixture.publisher.publish('cs.state', 'updates', n);
    expect(await broker.queueDepth(name)).toEqual({ known: 3, latest: 3 });
    proxy.hideDepths();
    expect(await broker.queueDepth(name)).toEqual({ known: undefined, latest: 3 });
    proxy.showDepths();
    await fixture.drain(name, 3);
    const { publisher } = fixture;
    const consumer = broker.createConsumer({
      queue: QUEUES.stateUpdates,
      prefetch: 1,
      handle: async () => DONE,
      publisher,
      logger,
    });
    await consumer.start();
    await eventually(async () => expect(await broker.queueDepth(name)).toEqual({ known: 0, latest: 0 }));
    await consumer.stop();
    await broker.stop();
    await proxy.close();
  });

  it('looks at all queues on one channel, and opens another only where a queue is missing', async () => {
    const proxy = await createAmqpProxy(fixture.testbed.rabbitmq_url);
    const broker = createBroker({ url: proxy.url, name: 'behind the proxy', logger });
    await broker.start();
    const opened = proxy.countMethods('channel.open');
    const looks = proxy.countMethods('queue.declare');
    const queues = Object.values(QUEUES).map((queue) => queue.name);
    for (let round = 0; round < 5; round++) await broker.queueDepths(queues);
    expect([looks.count, opened.count]).toEqual([15, 1]);
    const all = await Promise.all(['nowhere', ...queues, 'neither'].map((queue) => broker.queueDepths([queue])));
    expect(all.map((depths) => depths.size)).toEqual([0, 1, 1, 1, 0]);
    expect(opened.count).toBe(2);
    await broker.stop();
    await proxy.close();
  });

  it('starts although one queue cannot be declared: only consumers and publishers of that queue wait', async () => {
    const { channel, proxy, publisher: deadLetters } = fixture;
    const refused = QUEUES.stateUpdates;
    await channel.deleteQueue(refused.name);
    await channel.assertQueue(refused.name, { arguments: { 'x-max-length': 1 } });
    const late = createBroker({ url: proxy.url, name: 'late', logger });
    const heard: unknown[] = [];
    const listening: string[] = [];
    const consumers = [refused, QUEUES.heartbeats].map((queue) =>
      late.createConsumer({
        queue,
        prefetch: 1,
        publisher: deadLetters,
        logger,
        onListening: (isListening) => isListening && listening.push(queue.name),
        handle: async ({ body }) => {
          heard.push(body);
          return DONE;
        },
      }),
    );
    const publisher = late.createPublisher();
    try {
      await late.start();
      await publisher.start();
      const starts = consumers.map((consumer) => consumer.start());
      await publisher.publish('cs.heartbeats', 'heartbeat', 'of a queue that can be');
      await eventually(() => expect(heard).toEqual(['of a queue that can be']));
      expect(listening).toEqual([QUEUES.heartbeats.name]);
      await channel.deleteQueue(refused.name);
      await Promise.all(starts);
      await publisher.publish('cs.state', 'updates', 'of the other');
      await eventually(() => expect(heard).toContain('of the other'));
    } finally {
      for (const consumer of consumers) await consumer.stop();
      await publisher.stop();
      await late.stop();
    }
  });

  it('goes up where the broker answers to no declaration of a queue', async () => {
    const QUEUE_DECLARE = Buffer.from([0, 50, 0, 10]);
    const restore = fixture.proxy.intercept((request) =>
      request.includes(QUEUE_DECLARE) ? { reply: Buffer.alloc(0) } : undefined,
    );
    const late = createBroker({ url: fixture.proxy.url, name: 'late', logger });
    const publisher = late.createPublisher();
    try {
      await late.start();
      await publisher.start();
      await publisher.publish('cs.heartbeats', 'heartbeat', 1);
      expect(await fixture.drain(QUEUES.heartbeats.name, 1)).toEqual([1]);
      await expect(late.declareJobQueue('late')).rejects.toMatchObject({ kind: 'transient' });
    } finally {
      restore();
      await publisher.stop();
      await late.stop();
    }
  });
});
