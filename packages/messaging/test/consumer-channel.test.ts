/** When a consumer takes a new channel, and what it holds meanwhile. */
import { EXCHANGES, QUEUES, toJobQueue } from '@cyberstroll/contracts';
import type { Component } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { type Delivery, DONE } from '../src';
import { declareQueue } from '../src/topology/topology';
import { createGate, type Fixture, logger, setup } from './setup';

const spec = QUEUES.stateUpdates;
const { routingKey } = spec;
const exchange = EXCHANGES.state.name;

describe('the channel of a consumer', () => {
  let fixture: Fixture;
  let consumer: Component | undefined;
  beforeEach(async () => {
    fixture = await setup();
  });
  afterEach(async () => {
    await consumer?.stop();
    await fixture.cleanup();
  });

  it('continues after its queue was deleted and declared again at once: the broker does not report that', async () => {
    const seen: unknown[] = [];
    const { broker, publisher } = fixture;
    const handle = async ({ body }: Delivery) => {
      seen.push(body);
      return DONE;
    };
    // Where a queue has a single active consumer, RabbitMQ 3.10 hands a message to the lost one until its limit.
    const jobs = toJobQueue('default');
    consumer = broker.createConsumer({ queue: jobs, prefetch: 10, handle, publisher, logger, idleRenewMs: 500 });
    await consumer.start();
    await fixture.channel.deleteQueue(jobs.name);
    await declareQueue(fixture.channel, jobs);
    await fixture.publisher.publish(EXCHANGES.jobs.name, jobs.routingKey, 'after');
    await eventually(() => seen.includes('after'));
  });

  it('connects again where the broker does not close its channel: what it still held there comes again', async () => {
    const [ACK, CLOSE] = [Buffer.from([0, 60, 0, 80]), Buffer.from([0, 20, 0, 40])];
    const seen: unknown[] = [];
    const { broker, publisher, proxy } = fixture;
    const handle = async ({ body, redelivered }: Delivery) => {
      seen.push([body, redelivered]);
      return DONE;
    };
    const times = { idleRenewMs: 300, answerWithinMs: 1_000 };
    consumer = broker.createConsumer({ queue: spec, prefetch: 10, handle, publisher, logger, ...times });
    await consumer.start();
    let deaf: object | undefined;
    proxy.intercept((request, connection) => {
      if (request.includes(ACK)) deaf ??= connection;
      const isMeant = request.includes(ACK) || request.includes(CLOSE);
      return isMeant && connection === deaf ? { reply: Buffer.alloc(0) } : undefined;
    });
    await fixture.publisher.publish(exchange, routingKey, 'held');
    await eventually(() =>
      expect(seen.slice(0, 2)).toEqual([
        ['held', false],
        ['held', true],
      ]),
    );
  });

  it('continues where a message comes while it gives up a channel for idle, however long it holds that', async () => {
    const CANCEL = Buffer.from([0, 60, 0, 30]);
    const [gate, later] = [createGate(), createGate()];
    // Each once: a cancel that is not answered for 2 s costs the channel, and all that it brought comes again.
    const seen = new Set<unknown>();
    const { broker, publisher, proxy } = fixture;
    const handle = async ({ body }: Delivery) => {
      seen.add(body);
      await (body === 'meanwhile' ? gate : later).passed;
      return DONE;
    };
    const jobs = toJobQueue('default');
    const publish = (body: unknown) => fixture.publisher.publish(EXCHANGES.jobs.name, jobs.routingKey, body);
    consumer = broker.createConsumer({ queue: jobs, prefetch: 2, handle, publisher, logger, idleRenewMs: 300 });
    const end = proxy.intercept((request) => {
      if (!request.includes(CANCEL)) return undefined;
      end();
      const arrived = async () => {
        await publish('meanwhile');
        await eventually(() => seen.has('meanwhile'));
      };
      return { after: arrived() };
    });
    await consumer.start();
    await eventually(() => seen.has('meanwhile'));
    await publish('next');
    await eventually(() => expect([...seen]).toEqual(['meanwhile', 'next']));
    // It holds two at once again when that message is settled.
    await publish('third');
    gate.open();
    await eventually(() => expect([...seen]).toEqual(['meanwhile', 'next', 'third']));
    later.open();
  });

  it('holds no more than its prefetch where as many come while it gives up a channel for idle', async () => {
    const CANCEL = Buffer.from([0, 60, 0, 30]);
    const gates = [createGate(), createGate(), createGate()];
    const seen = new Set<unknown>();
    let sweeps = 0;
    const { broker, publisher, proxy } = fixture;
    const handle = async ({ body }: Delivery) => {
      seen.add(body);
      await gates[body as number]?.passed;
      return DONE;
    };
    const prefetch = () => {
      sweeps += 1;
      return 2;
    };
    const jobs = toJobQueue('default');
    const publish = (body: number) => fixture.publisher.publish(EXCHANGES.jobs.name, jobs.routingKey, body);
    consumer = broker.createConsumer({ queue: jobs, prefetch, handle, publisher, logger, idleRenewMs: 300 });
    await consumer.start();
    // It takes one at a time until the first has come.
    await publish(3);
    await eventually(() => seen.delete(3));
    const end = proxy.intercept((request) => {
      if (!request.includes(CANCEL)) return undefined;
      end();
      const arrived = async () => {
        for (const body of [0, 1]) await publish(body);
        await eventually(() => seen.size === 2);
      };
      return { after: arrived() };
    });
    await eventually(() => seen.size === 2);
    await publish(2);
    sweeps = 0;
    await eventually(() => sweeps >= 3);
    expect([...seen]).toEqual([0, 1]);
    gates[0]!.open();
    await eventually(() => expect([...seen]).toEqual([0, 1, 2]));
    for (const gate of gates) gate.open();
  });

  it('takes a new channel for another prefetch only when what it holds is settled: nothing comes twice', async () => {
    const gate = createGate();
    const seen: [unknown, boolean][] = [];
    let prefetch = 2;
    let asked = 0;
    const { broker, publisher } = fixture;
    const handle = async ({ body, redelivered }: Delivery) => {
      seen.push([body, redelivered]);
      await gate.passed;
      return DONE;
    };
    const toPrefetch = () => {
      asked += 1;
      return prefetch;
    };
    const jobs = toJobQueue('default');
    const options = { queue: jobs, prefetch: toPrefetch, handle, publisher, logger, idleRenewMs: 100 };
    consumer = broker.createConsumer(options);
    await consumer.start();
    const bodies = [0, 1, 2, 3, 4, 5];
    for (const body of bodies) await fixture.publisher.publish(EXCHANGES.jobs.name, jobs.routingKey, body);
    await eventually(() => seen.length === 2);
    prefetch = 4;
    asked = 0;
    await eventually(() => asked >= 2);
    gate.open();
    await eventually(() => seen.length === 6);
    await consumer.stop();
    expect(seen).toEqual(bodies.map((body) => [body, false]));
    expect(await fixture.countMessages(jobs.name)).toBe(0);
  });
});
