import { EXCHANGES, QUEUES, type UpdateEnvelope } from '@cyberstroll/contracts';
import { eventually } from '@cyberstroll/testkit';
import { connect } from 'amqplib';
import type { Rig } from '../rig/rig';
import { shuffle } from '../rig/seeded-random';

/** Bound while they are sent alone: the copy of a later run must not hold them. */
const REPLAY_KEY = 'replay';

/**
 * Sends every update of the run once more: all in order, twice each, then all again in any order, five times each.
 * Resolves with the number of updates when the updaters have answered for all of them.
 */
export async function replayAll(rig: Rig, messages: readonly string[], random: () => number): Promise<number> {
  const envelopes = messages.filter((message) => countGood(message) > 0);
  const twice = envelopes.flatMap((message) => [message, message]);
  const often = shuffle(
    envelopes.flatMap((message) => Array.from({ length: 5 }, () => message)),
    random,
  );
  const all = [...twice, ...often];
  const count = all.reduce((sum, message) => sum + countGood(message), 0);
  const before = await countAnswered(rig);
  const { name, exchanges } = QUEUES.stateUpdates;
  const connection = await connect(rig.rabbitmqUrl);
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    for (const exchange of exchanges) await channel.bindQueue(name, exchange, REPLAY_KEY);
    for (const [i, message] of all.entries()) {
      channel.publish(toExchange(message), REPLAY_KEY, Buffer.from(message), { persistent: true });
      if (i % 500 === 499) await channel.waitForConfirms();
    }
    await channel.waitForConfirms();
    for (const exchange of exchanges) await channel.unbindQueue(name, exchange, REPLAY_KEY);
  } finally {
    await connection.close().catch(() => undefined);
  }
  await eventually(
    async () => {
      const answered = (await countAnswered(rig)) - before;
      if (answered < count) throw new Error(`${answered} of ${count} replayed updates were answered for`);
    },
    { timeoutMs: 600_000, intervalMs: 200 },
  );
  return count;
}

/** That it came by. */
const toExchange = (message: string) =>
  (JSON.parse(message) as UpdateEnvelope).operator === undefined ? EXCHANGES.state.name : EXCHANGES.serviceUpdates.name;

/** Updates in an envelope of a node or a service; none in poison. */
function countGood(message: string): number {
  try {
    const { node_id, updates } = JSON.parse(message) as UpdateEnvelope;
    return node_id === 'poisoner' ? 0 : (updates?.length ?? 0);
  } catch {
    return 0;
  }
}

async function countAnswered(rig: Rig): Promise<number> {
  return Object.values(await rig.countOutcomes()).reduce((sum, count) => sum + count, 0);
}
