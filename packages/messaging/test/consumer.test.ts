import { type DeadLetter, deadLetterSchema, EXCHANGES, MAX_MESSAGE_BYTES, QUEUES } from '@cyberstroll/contracts';
import { AppError, type Component } from '@cyberstroll/runtime';
import { eventually } from '@cyberstroll/testkit';
import { type Delivery, DONE, type Verdict } from '../src';
import { createGate, type Fixture, logger, PROBE, setup } from './setup';

const spec = QUEUES.stateUpdates;
const { name: queue, routingKey } = spec;
const exchange = EXCHANGES.state.name;

describe('consumer', () => {
  let fixture: Fixture;
  let consumer: Component | undefined;
  beforeEach(async () => {
    fixture = await setup();
  });
  afterEach(async () => {
    await consumer?.stop();
    await fixture.cleanup();
  });

  async function consume(handle: (delivery: Delivery) => Promise<Verdict>, prefetch = 10) {
    const { broker, publisher } = fixture;
    consumer = broker.createConsumer({ queue: spec, prefetch, handle, publisher, logger, finishWithinMs: 60_000 });
    await consumer.start();
    return consumer;
  }
  const drainDeadLetters = async (count: number) =>
    (await fixture.drain(QUEUES.deadLetters.name, count)) as DeadLetter[];

  it('handles at most prefetch messages at once', async () => {
    let atOnce = 0;
    let most = 0;
    let handled = 0;
    await consume(async () => {
      most = Math.max(most, ++atOnce);
      await new Promise(setImmediate);
      atOnce -= 1;
      handled += 1;
      return DONE;
    }, 3);
    await Promise.all(Array.from({ length: 30 }, (_, n) => fixture.publisher.publish(exchange, routingKey, n)));
    await eventually(() => handled === 30);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('returns a message to be retried to its queue after the delay', async () => {
    const at: { ms: number; redelivered: boolean }[] = [];
    await consume(async ({ redelivered }) => {
      at.push({ ms: performance.now(), redelivered });
      return at.length === 1 ? { kind: 'retry', delayMs: 200 } : DONE;
    });
    await fixture.publisher.publish(exchange, routingKey, 1);
    await eventually(() => at.length === 2);
    expect(at.map(({ redelivered }) => redelivered)).toEqual([false, true]);
    expect(at[1]!.ms - at[0]!.ms).toBeGreaterThanOrEqual(195);
  });

  it('passes on the exchange that a message came from', async () => {
    const exchanges: string[] = [];
    await consume(async ({ exchange: cameBy }) => {
      exchanges.push(cameBy);
      return DONE;
    });
    for (const name of spec.exchanges) await fixture.publisher.publish(name, routingKey, {});
    fixture.channel.sendToQueue(queue, Buffer.from('{}'));
    await eventually(() => expect(exchanges.sort()).toEqual(['', 'cs.service-updates', 'cs.state']));
  });

  it('dead-letters with the whole dead letter, then acks', async () => {
    const running = await consume(async () => ({ kind: 'deadLetter', reason: 'unknown_task', detail: 'no such task' }));
    const body = { operator: 'node-1', updates: [] };
    await fixture.channel.publish(exchange, routingKey, Buffer.from(JSON.stringify(body)));
    const [deadLetter] = await drainDeadLetters(1);
    expect(deadLetterSchema.parse(deadLetter)).toEqual({
      reason: 'unknown_task',
      detail: 'no such task',
      queue,
      exchange,
      sender: 'node-1',
      first_seen: expect.stringMatching(/^\d{4}-.*Z$/),
      source: expect.stringMatching(/^[0-9a-f]{32}$/),
      content: body,
    });
    await running.stop();
    expect(await fixture.countMessages(queue)).toBe(0);
  });

  it('dead-letters what is not JSON, and what is too large, before any handling', async () => {
    const seen: unknown[] = [];
    await consume(async ({ body }) => {
      seen.push(body);
      return DONE;
    });
    fixture.channel.publish(exchange, routingKey, Buffer.from('{"a":'), { appId: 'node-2' });
    fixture.channel.publish(exchange, routingKey, Buffer.alloc(MAX_MESSAGE_BYTES + 1, '1'));
    fixture.channel.publish(exchange, routingKey, Buffer.from('1'));
    const deadLetters = await drainDeadLetters(2);
    const byReason = Object.fromEntries(deadLetters.map((deadLetter) => [deadLetter.reason, deadLetter]));
    expect(byReason['not_json']).toMatchObject({ content: '{"a":', sender: 'node-2', queue });
    expect(byReason['too_large']).toMatchObject({ content_bytes: MAX_MESSAGE_BYTES + 1 });
    expect(byReason['too_large']!.content).toHaveLength(64 * 1024);
    await eventually(() => seen.length === 1);
    expect(seen).toEqual([1]);
  });

  it('dead-letters the largest message whole, a larger dead letter cut, and what JSON cannot be written again as text', async () => {
    const largest = { operator: 'node-1', fill: 'x'.repeat(MAX_MESSAGE_BYTES - 31) };
    await consume(async () => ({ kind: 'deadLetter', reason: 'unknown_task', detail: 'no such task' }));
    await fixture.publisher.publish(exchange, routingKey, largest);
    const [whole] = await drainDeadLetters(1);
    expect(JSON.stringify(whole!.content).length).toBe(MAX_MESSAGE_BYTES);
    expect(whole).not.toHaveProperty('content_bytes');

    const now = new Date().toISOString();
    const tooLong = { reason: 'r', detail: '', queue, first_seen: now, content: ['x'.repeat(2 * MAX_MESSAGE_BYTES)] };
    await fixture.publisher.deadLetter(tooLong);
    const [cut] = await drainDeadLetters(1);
    expect(cut).toMatchObject({ reason: 'r', content_bytes: 2 * MAX_MESSAGE_BYTES + 4 });
    expect(String(cut!.content).length).toBe(64 * 1024);

    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    fixture.channel.publish(exchange, routingKey, Buffer.from(deep));
    expect(await drainDeadLetters(1)).toEqual([expect.objectContaining({ reason: 'too_deep', content: deep })]);
  });

  it('keeps a message while its handling fails for a while, instead of returning it', async () => {
    const tries: boolean[] = [];
    await consume(async ({ redelivered }) => {
      tries.push(redelivered);
      if (tries.length < 4) throw new AppError('mongodb_unavailable');
      return DONE;
    });
    await fixture.publisher.publish(exchange, routingKey, 1);
    await eventually(() => tries.length === 4);
    expect(tries).toEqual([false, false, false, false]);
  });

  it.each([
    ['bad_field', { reason: 'bad_field', tries: 1 }],
    ['internal_error', { reason: 'handler_failed', tries: 3 }],
  ] as const)('dead-letters after a failure with code %s', async (code, expected) => {
    let tries = 0;
    await consume(async () => {
      tries += 1;
      throw new AppError(code);
    });
    await fixture.publisher.publish(exchange, routingKey, 1);
    expect(await drainDeadLetters(1)).toEqual([expect.objectContaining({ reason: expected.reason, content: 1 })]);
    expect(tries).toBe(expected.tries);
  });

  it('gives every consumer of an exclusive queue every message, also after an outage', async () => {
    const { broker, publisher, proxy } = fixture;
    const seen: [string, unknown][] = [];
    const consumers = ['a', 'b'].map((who) =>
      broker.createConsumer({
        queue: { exclusiveOn: 'cs.control' },
        prefetch: 10,
        handle: async ({ body }) => {
          seen.push([who, body]);
          return DONE;
        },
        publisher,
        logger,
      }),
    );
    for (const each of consumers) await each.start();
    await eventually(() => publisher.tryPublish('cs.control', '', 1));
    await eventually(() => seen.length === 2);
    proxy.cut();
    await eventually(() => !broker.isConnected());
    proxy.restore();
    await eventually(() => {
      publisher.tryPublish('cs.control', '', 2);
      return ['a', 'b'].every((who) => seen.some(([seer, body]) => seer === who && body === 2));
    });
    for (const each of consumers) await each.stop();
  });

  it.each(['alone', 'with a message in hand'])('continues after its queue was deleted %s', async (how) => {
    const seen: unknown[] = [];
    const gate = createGate();
    await consume(async ({ body }) => {
      if (body === 'held') await gate.passed;
      seen.push(body);
      return DONE;
    });
    const { channel, publisher, countMessages } = fixture;
    if (how !== 'alone') {
      await publisher.publish(exchange, routingKey, 'held');
      await eventually(async () => (await countMessages(queue)) === 0);
    }
    await channel.deleteQueue(queue);
    await publisher.publish(exchange, routingKey, 'after');
    await eventually(() => seen.includes('after'));
    gate.open();
    await publisher.publish(exchange, routingKey, 'last');
    await eventually(() => seen.includes('last'));
  });

  it('at stop retries a message that fails for a while, and returns none to the queue', async () => {
    let stopped: Promise<void> | undefined;
    const tries: unknown[] = [];
    const running = await consume(async ({ body }) => {
      if (body === PROBE) return DONE;
      tries.push(body);
      if (stopped) return DONE;
      stopped = running.stop();
      await fixture.waitUntilUnconsumed(queue);
      throw new AppError('mongodb_unavailable');
    });
    await fixture.publisher.publish(exchange, routingKey, 1);
    await eventually(() => stopped !== undefined);
    await stopped;
    expect(tries).toEqual([1, 1]);
    expect(await fixture.drainAfterStop(queue)).toEqual([]);
  });

  it('at stop waits no longer than it may for the confirm of a dead letter', async () => {
    const { broker, publisher, proxy } = fixture;
    const handle = async (): Promise<Verdict> => {
      proxy.cut();
      return { kind: 'deadLetter', reason: 'bad_field', detail: 'test' };
    };
    consumer = broker.createConsumer({ queue: spec, prefetch: 10, handle, publisher, logger, finishWithinMs: 100 });
    await consumer.start();
    fixture.channel.sendToQueue(queue, Buffer.from('{}'));
    await eventually(() => expect(publisher.pending()).toBe(1));
    await consumer.stop();
    expect(publisher.pending()).toBe(1);
    proxy.restore();
    expect(await drainDeadLetters(1)).toMatchObject([{ reason: 'bad_field' }]);
  });

  it('at stop returns at once the messages that were to be retried later', async () => {
    const running = await consume(async () => ({ kind: 'retry', delayMs: 3_600_000 }));
    await fixture.publisher.publish(exchange, routingKey, 1);
    await eventually(async () => (await fixture.countMessages(queue)) === 0);
    await running.stop();
    expect(await fixture.drain(queue, 1)).toEqual([1]);
  });

  it('at stop finishes the messages in work and returns the rest to the queue', async () => {
    const gate = createGate();
    const begun: unknown[] = [];
    const running = await consume(async ({ body }) => {
      begun.push(body);
      await gate.passed;
      return DONE;
    }, 2);
    for (let n = 0; n < 5; n++) await fixture.publisher.publish(exchange, routingKey, n);
    await eventually(() => begun.length === 2);
    const stopped = running.stop();
    gate.open();
    await stopped;
    // One may have come before RabbitMQ heard of the stop.
    expect([2, 3]).toContain(begun.length);
    expect([...begun, ...(await fixture.drain(queue, 5 - begun.length))]).toEqual([0, 1, 2, 3, 4]);
  });
});
