import type { SubTaskUpdate, UpdateEnvelope } from '@cyberstroll/contracts';
import type { Publisher } from '@cyberstroll/messaging';
import { AppError } from '@cyberstroll/runtime';
import { eventually, testLogger } from '@cyberstroll/testkit';
import { createReceipt } from '../signals';
import { createEnvelopeSender } from './envelope-sender';

const TASK = '0'.repeat(24);
const toUpdate = (index: number, status: SubTaskUpdate['status'] = 'SCANNING'): SubTaskUpdate => ({
  task_id: TASK,
  subtask_id: `${TASK}-${index}`,
  attempt: 1,
  lease_id: `lease-${index}`,
  status,
});

function setup({ flushMs = 3_600_000, idle = false } = {}) {
  const envelopes: UpdateEnvelope[] = [];
  const now = { full: false, idle };
  const publisher = {
    async publish(_exchange: string, _key: string, envelope: UpdateEnvelope) {
      if (now.full) throw new AppError('outbox_full');
      envelopes.push(envelope);
    },
  } as Partial<Publisher> as Publisher;
  let drained = 0;
  const sender = createEnvelopeSender({
    publisher,
    sender: { node_id: 'n', instance_id: 'i' },
    flushMs,
    isIdle: () => now.idle,
    findTraces: () => undefined,
    onDrained: () => drained++,
    logger: testLogger,
  });
  return { sender, envelopes, now, drainedCount: () => drained };
}

describe('an envelope sender', () => {
  it('gathers updates for a while and sends them in full envelopes', async () => {
    const { sender, envelopes } = setup({ flushMs: 20 });
    for (let index = 0; index < 1_234; index++) sender.report(toUpdate(index));
    for (let index = 0; index < 1_000; index++) sender.report(toUpdate(index, 'COMPLETED'));
    expect(envelopes).toEqual([]);
    await eventually(() => expect(envelopes.map(({ updates }) => updates.length)).toEqual([500, 500, 234]));
    expect(new Set(envelopes[0]!.updates.map(({ status }) => status))).toEqual(new Set(['COMPLETED']));
    await eventually(() => expect(sender.unconfirmedCount()).toBe(0));
  });

  it('sends at once when the node has nothing left to do', async () => {
    const { sender, envelopes, now } = setup();
    sender.report(toUpdate(1));
    now.idle = true;
    sender.report(toUpdate(1, 'COMPLETED'));
    await eventually(() => expect(envelopes.map(({ updates }) => updates.length)).toEqual([1]));
    expect(envelopes[0]).toMatchObject({ node_id: 'n', instance_id: 'i', updates: [{ status: 'COMPLETED' }] });
  });

  describe('on a clock of its own', () => {
    beforeEach(() => void jest.useFakeTimers());
    afterEach(() => void jest.useRealTimers());
    const countAfter = async (envelopes: readonly UpdateEnvelope[], ms: number) => {
      await jest.advanceTimersByTimeAsync(ms);
      return envelopes.map(({ updates }) => updates.length);
    };

    it('lets results wait four times as long while few come, until a claim is to be confirmed', async () => {
      const { sender, envelopes } = setup({ flushMs: 50 });
      sender.report(toUpdate(1));
      expect(await countAfter(envelopes, 50)).toEqual([1]);
      sender.report(toUpdate(1, 'COMPLETED'));
      expect(await countAfter(envelopes, 199)).toEqual([1]);
      expect(await countAfter(envelopes, 1)).toEqual([1, 1]);
      sender.report(toUpdate(2, 'COMPLETED'));
      await jest.advanceTimersByTimeAsync(10);
      sender.report(toUpdate(3, 'ASSIGNED'), createReceipt(1));
      expect(await countAfter(envelopes, 49)).toEqual([1, 1]);
      expect(await countAfter(envelopes, 1)).toEqual([1, 1, 2]);
    });

    it('sends results soon while many come', async () => {
      const { sender, envelopes } = setup({ flushMs: 50 });
      for (let index = 0; index < 4; index++) sender.report(toUpdate(index));
      expect(await countAfter(envelopes, 50)).toEqual([4]);
      sender.report(toUpdate(1, 'COMPLETED'));
      expect(await countAfter(envelopes, 50)).toEqual([4, 1]);
    });
  });

  it('keeps updates that a full outbox refuses, reports the overload, and sends them later', async () => {
    const { sender, envelopes, now, drainedCount } = setup({ idle: true });
    now.full = true;
    for (let index = 0; index < 700; index++) sender.report(toUpdate(index));
    await eventually(() => expect(sender.isOverloaded()).toBe(true));
    sender.report(toUpdate(0, 'COMPLETED'));
    expect(sender.unconfirmedCount()).toBe(700);
    now.full = false;
    await eventually(() => expect(sender.unconfirmedCount()).toBe(0));
    expect(sender.isOverloaded()).toBe(false);
    expect(drainedCount()).toBe(1);
    const sent = envelopes.flatMap(({ updates }) => updates);
    expect(sent).toHaveLength(700);
    expect(sent.find(({ subtask_id }) => subtask_id === `${TASK}-0`)?.status).toBe('COMPLETED');
  });

  it('finishes when all is confirmed or its signal aborts', async () => {
    const { sender, envelopes } = setup();
    sender.report(toUpdate(1));
    await sender.finish(new AbortController().signal);
    expect(envelopes).toHaveLength(1);

    const stuck = setup();
    stuck.now.full = true;
    stuck.sender.report(toUpdate(1));
    await stuck.sender.finish(AbortSignal.timeout(50));
    expect(stuck.sender.unconfirmedCount()).toBe(1);
  });
});
