import { type DeadLetter, EXCHANGES, QUEUES } from '@cyberstroll/contracts';
import { AppError, type Component } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { type Delivery, DONE, type Verdict } from '../src';
import { createGate, type Fixture, logger, PROBE, setup } from './setup';

const spec = QUEUES.stateUpdates;
const { name: queue, routingKey } = spec;
const exchange = EXCHANGES.state.name;
const allDone = (deliveries: Delivery[]): Verdict[] => deliveries.map(() => DONE);
const toBodies = (deliveries: Delivery[]) => deliveries.map(({ body }) => body);

describe('batch consumer', () => {
  let fixture: Fixture;
  let consumer: Component | undefined;
  beforeEach(async () => {
    fixture = await setup();
  });
  afterEach(async () => {
    await consumer?.stop();
    await fixture.cleanup();
  });

  async function consume(
    handle: (deliveries: Delivery[], findAhead?: () => Delivery[]) => Promise<Verdict[]>,
    { prefetch = 100, maxMessages = 10, maxWaitMs = 20, finishWithinMs = 60_000 } = {},
  ) {
    const { broker, publisher } = fixture;
    const bounds = { prefetch, maxMessages, maxWaitMs, finishWithinMs };
    consumer = broker.createBatchConsumer({ queue: spec, ...bounds, handle, publisher, logger });
    await consumer.start();
    return consumer;
  }
  const publish = (bodies: unknown[]) =>
    Promise.all(bodies.map((body) => fixture.publisher.publish(exchange, routingKey, body)));
  const range = (count: number) => Array.from({ length: count }, (_, n) => n);

  it('hands out batches within bounds, in order, one at a time, and acks all', async () => {
    const batches: unknown[][] = [];
    let atOnce = 0;
    let overlapped = false;
    const gate = createGate();
    let findWaiting: (() => Delivery[]) | undefined;
    const running = await consume(async (deliveries, findAhead) => {
      overlapped ||= ++atOnce > 1;
      batches.push(toBodies(deliveries));
      findWaiting ??= findAhead;
      await gate.passed;
      await new Promise(setImmediate);
      atOnce -= 1;
      return allDone(deliveries);
    });
    await publish(range(95));
    // So the next batches are full, however slowly the messages come.
    await eventually(() => batches[0]!.length + findWaiting!().length === 95);
    gate.open();
    await eventually(() => batches.flat().length === 95);
    await running.stop();
    expect(batches.flat()).toEqual(range(95));
    expect(overlapped).toBe(false);
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(10);
    expect(await fixture.countMessages(queue)).toBe(0);
  });

  it('holds at most prefetch messages', async () => {
    const gate = createGate();
    await consume(
      async (deliveries) => {
        await gate.passed;
        return allDone(deliveries);
      },
      { prefetch: 15 },
    );
    await publish(range(50));
    await eventually(async () => (await fixture.countMessages(queue)) === 35);
    gate.open();
    await eventually(async () => (await fixture.countMessages(queue)) === 0);
  });

  it('acks only after the handling has ended: cut in between, all comes again', async () => {
    const gate = createGate();
    const batches: { bodies: unknown[]; redelivered: boolean }[] = [];
    let atOnce = 0;
    let overlapped = false;
    const running = await consume(async (deliveries) => {
      overlapped ||= ++atOnce > 1;
      batches.push({ bodies: toBodies(deliveries), redelivered: deliveries.some((one) => one.redelivered) });
      if (batches.length === 1) await gate.passed;
      atOnce -= 1;
      return allDone(deliveries);
    });
    await publish(range(10));
    await eventually(() => batches.length === 1);
    fixture.proxy.cut();
    await eventually(() => !fixture.broker.isConnected());
    fixture.proxy.restore();
    await eventually(async () => (await fixture.channel.checkQueue(queue)).consumerCount === 1);
    gate.open();
    await eventually(() => new Set(batches.filter((one) => one.redelivered).flatMap((one) => one.bodies)).size === 10);
    await running.stop();
    expect(overlapped).toBe(false);
    expect(await fixture.countMessages(queue)).toBe(0);
  });

  it('settles each message by its own verdict', async () => {
    const seen: unknown[] = [];
    const running = await consume(async (deliveries) =>
      deliveries.map(({ body }) => {
        const isFirst = !seen.includes(body);
        seen.push(body);
        if (body === 3) return { kind: 'deadLetter', reason: 'bad_field', detail: 'three' };
        if (body === 1 && isFirst) return { kind: 'retry', delayMs: 50 };
        return DONE;
      }),
    );
    await publish(range(6));
    await eventually(() => expect([...seen].sort()).toEqual([0, 1, 1, 2, 3, 4, 5]));
    const deadLetters = (await fixture.drain(QUEUES.deadLetters.name, 1)) as DeadLetter[];
    expect(deadLetters).toEqual([
      expect.objectContaining({ reason: 'bad_field', detail: 'three', content: 3, sender: 'test' }),
    ]);
    await running.stop();
    expect(await fixture.countMessages(queue)).toBe(0);
  });

  it('tries the same batch again while the failure is transient', async () => {
    const batches: unknown[][] = [];
    const redelivered: boolean[] = [];
    await consume(async (deliveries) => {
      batches.push(toBodies(deliveries));
      redelivered.push(deliveries.some((one) => one.redelivered));
      if (batches.length < 4) throw new AppError('mongodb_unavailable');
      return allDone(deliveries);
    });
    await publish(range(10));
    await eventually(() => batches.length >= 4 && new Set(batches.flat()).size === 10);
    expect(batches.slice(1, 4)).toEqual([batches[0], batches[0], batches[0]]);
    expect(redelivered).not.toContain(true);
  });

  it('finds the one message that its handler fails on, and lets the others through', async () => {
    const done: unknown[] = [];
    const sizes: number[] = [];
    const running = await consume(async (deliveries) => {
      sizes.push(deliveries.length);
      if (toBodies(deliveries).includes('poison')) throw new TypeError('a bug');
      done.push(...toBodies(deliveries));
      return allDone(deliveries);
    });
    await publish([0, 1, 'poison', 3, 4, 5, 6, 7, 8, 9]);
    await eventually(() => done.length === 9);
    const deadLetters = (await fixture.drain(QUEUES.deadLetters.name, 1)) as DeadLetter[];
    expect(deadLetters).toEqual([
      expect.objectContaining({
        reason: 'handler_failed',
        detail: 'internal_error: unexpected error in the service: a bug',
        content: 'poison',
      }),
    ]);
    await running.stop();
    expect(await fixture.countMessages(queue)).toBe(0);
    expect(new Set(done)).toEqual(new Set([0, 1, 3, 4, 5, 6, 7, 8, 9]));
  });

  it('shows a handler what waits behind its batch, and blames no message for another that it looked at', async () => {
    const gate = createGate();
    let findFirst: (() => Delivery[]) | undefined;
    const done: unknown[] = [];
    const running = await consume(
      async (deliveries, findAhead) => {
        findFirst ??= findAhead;
        await gate.passed;
        const others = toBodies(findAhead?.() ?? []);
        if ([...toBodies(deliveries), ...others].includes('poison')) throw new TypeError('a bug');
        done.push(...toBodies(deliveries));
        return allDone(deliveries);
      },
      { maxMessages: 1 },
    );
    await publish([0, 1, 'poison', 3]);
    await eventually(() => expect(toBodies(findFirst?.() ?? [])).toEqual([1, 'poison', 3]));
    gate.open();
    await eventually(() => done.length === 3);
    const deadLetters = (await fixture.drain(QUEUES.deadLetters.name, 1)) as DeadLetter[];
    expect(deadLetters).toEqual([expect.objectContaining({ reason: 'handler_failed', content: 'poison' })]);
    await running.stop();
    expect(await fixture.countMessages(queue)).toBe(0);
  });

  it('at stop handles all that it holds, and takes nothing more', async () => {
    const gate = createGate();
    const begun: unknown[] = [];
    const running = await consume(async (deliveries) => {
      begun.push(...toBodies(deliveries));
      await gate.passed;
      return allDone(deliveries);
    });
    await publish(range(40));
    await eventually(() => begun.length > 0);
    const underWay = begun.length;
    const stopped = running.stop();
    gate.open();
    await stopped;
    expect(begun.length).toBeGreaterThan(underWay);
    const rest = 40 - begun.length;
    expect(await fixture.countMessages(queue)).toBe(rest);
    expect(new Set([...begun, ...(await fixture.drain(queue, rest))])).toEqual(new Set(range(40)));
  });

  it('at stop retries a batch that fails for a while, and returns none of it to the queue', async () => {
    let stopped: Promise<void> | undefined;
    let begun: unknown[] = [];
    const done: unknown[] = [];
    const running = await consume(async (deliveries) => {
      if (!stopped) {
        begun = toBodies(deliveries);
        stopped = running.stop();
        await fixture.waitUntilUnconsumed(queue);
        throw new AppError('mongodb_unavailable');
      }
      done.push(...toBodies(deliveries));
      return allDone(deliveries);
    });
    await publish(range(10));
    await eventually(() => stopped !== undefined);
    await stopped;
    expect(done).toEqual(expect.arrayContaining(begun));
    const rest = await fixture.drainAfterStop(queue);
    expect(new Set([...done, ...rest].filter((body) => body !== PROBE))).toEqual(new Set(range(10)));
  });

  it('at stop returns to the queue the messages that there is no time for', async () => {
    const gate = createGate();
    const begun: unknown[] = [];
    const running = await consume(
      async (deliveries) => {
        begun.push(...toBodies(deliveries));
        await gate.passed;
        return allDone(deliveries);
      },
      { finishWithinMs: 200 },
    );
    await publish(range(40));
    await eventually(() => begun.length > 0);
    const stopped = running.stop();
    await fixture.waitUntilUnconsumed(queue);
    // And the probes.
    const rest = 40 - begun.length;
    await eventually(async () => expect(await fixture.countMessages(queue)).toBeGreaterThan(rest));
    gate.open();
    await stopped;
    // RabbitMQ says 0 where it answers late.
    await eventually(async () => expect(await fixture.countMessages(queue)).toBeGreaterThan(rest));
  });

  it('at stop waits no longer than it may for a handler, whose messages come again', async () => {
    const begun: unknown[] = [];
    const running = await consume(
      async (deliveries) => {
        begun.push(...toBodies(deliveries));
        return new Promise(() => {});
      },
      { finishWithinMs: 100 },
    );
    await publish(range(10));
    await eventually(() => begun.length > 0);
    await running.stop();
    expect(new Set(await fixture.drain(queue, 10))).toEqual(new Set(range(10)));
  });

  it('handles two batches at once, the second only if it is full', async () => {
    const gate = createGate();
    const batches: unknown[][] = [];
    consumer = fixture.broker.createBatchConsumer({
      queue: spec,
      prefetch: 100,
      maxMessages: 100,
      maxBytes: 1_000,
      maxWaitMs: 20,
      atOnce: 2,
      async handle(deliveries) {
        batches.push(toBodies(deliveries));
        await gate.passed;
        return allDone(deliveries);
      },
      publisher: fixture.publisher,
      logger,
    });
    await consumer.start();
    await publish(['first']);
    await eventually(() => batches.length === 1);
    await publish(['second', 'third']);
    await eventually(async () => (await fixture.countMessages(queue)) === 0);
    expect(batches).toEqual([['first']]);
    const large = 'x'.repeat(900);
    await publish([large, large, large]);
    await eventually(() => batches.length === 2);
    expect(batches[1]).toEqual(['second', 'third', large]);
    gate.open();
    await eventually(() => batches.flat().length === 6);
    expect(batches.slice(2)).toEqual([[large], [large]]);
  });

  it('gives the batch back when it is stopped while the handler cannot do better', async () => {
    let tries = 0;
    const running = await consume(
      async () => {
        tries += 1;
        throw new AppError('mongodb_unavailable');
      },
      { finishWithinMs: 200 },
    );
    await publish(range(10));
    await eventually(() => tries > 1);
    await running.stop();
    expect(await fixture.drain(queue, 10)).toHaveLength(10);
  });

  it('gives each message back once when it is stopped between them, so the channel lives for the last acks', async () => {
    let stopped: Promise<void> | undefined;
    const running = await consume(
      async (deliveries): Promise<Verdict[]> => {
        if (deliveries.length > 1) throw new TypeError('a bug');
        if (deliveries[0]!.body === 'poison') return [{ kind: 'deadLetter', reason: 'bad_field', detail: '' }];
        stopped = running.stop();
        throw new AppError('mongodb_unavailable');
      },
      { finishWithinMs: 200 },
    );
    await publish(['poison', 1, 2, 3]);
    await eventually(() => stopped !== undefined);
    await stopped;
    expect(new Set(await fixture.drain(queue, 3))).toEqual(new Set([1, 2, 3]));
    expect(await fixture.drain(QUEUES.deadLetters.name, 1)).toHaveLength(1);
  });
});
