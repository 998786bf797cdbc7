import { toJobQueue } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { createBroker, DONE } from '../src';
import { type Fixture, logger, setup } from './fixture';

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

  it('is not made with a URL that is none, and says nothing of it', () => {
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

  it('can be stopped while it waits for a broker that is away, or before it was started', async () => {
    fixture.proxy.cut();
    const late = createBroker({ url: fixture.proxy.url, name: 'late', logger });
    const started = late.start();
    await late.stop();
    await expect(started).rejects.toThrow('stopped');
    await createBroker({ url: fixture.proxy.url, name: 'never', logger }).stop();
  });

  it('declares a job queue now, and again where it was deleted during an outage', async () => {
    const { broker, channel, proxy, publisher } = fixture;
    await broker.declareJobQueue('default');
    await broker.declareJobQueue('default');
    await publisher.publish('cs.jobs', 'default', 1);
    const { name } = toJobQueue('default');
    expect(await broker.queueDepth(name)).toBe(1);
    proxy.cut();
    await channel.deleteQueue(name);
    proxy.restore();
    await eventually(() => broker.isConnected());
    expect(await broker.queueDepth(name)).toBe(0);
  });

  it('tells the depths of the queues that there are, and rejects while the broker is away', async () => {
    const { broker, publisher, proxy } = fixture;
    await broker.declareJobQueue('default');
    await publisher.publish('cs.jobs', 'default', 1);
    const { name } = toJobQueue('default');
    const depths = await broker.queueDepths([toJobQueue('nobodys').name, name, 'cs.dead-letters']);
    expect([...depths]).toEqual([
      [name, 1],
      ['cs.dead-letters', 0],
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
    await eventually(async () => (await broker.queueDepth(toJobQueue('late').name)) === 0);
  });

  it('stops in order: consumers, publisher, connections', async () => {
    const { broker, publisher } = fixture;
    const consumer = broker.createConsumer({
      queue: { exclusiveOn: 'cs.control' },
      prefetch: 1,
      handle: async () => DONE,
      publisher,
      logger,
    });
    await consumer.start();
    await consumer.stop();
    await publisher.stop();
    await broker.stop();
    expect(broker.isConnected()).toBe(false);
  });
});
