import { testLogger } from '@cyberstroll/testkit';
import { createDelivery } from './deliver';

it('waits longer only if none is due and none that failed is sent again', async () => {
  const now = new Date();
  const delivery = { delivery_id: 'a', target: 'hook', timestamp: now, next_time: now, tries: 0, notice_id: 'n' };
  let nextTime: Date | undefined = now;
  let isWell = false;
  const outbox = {
    hasWork: async (_targets: unknown, at: Date) => nextTime !== undefined && nextTime <= at,
    findNotices: async () => [],
    findDue: async () => (nextTime ? [{ subject: {}, delivery: { ...delivery, next_time: nextTime } }] : []),
    findDueOfOthers: async () => [],
    claim: async () => delivery,
    putOff: async (_subject: unknown, _claimed: unknown, until: Date) => {
      nextTime = until;
    },
    remove: async () => {
      nextTime = undefined;
    },
  };
  const receiver = {
    kind: 'webhook' as const,
    target: 'hook',
    name: 'hook',
    capMs: 1_000,
    send: async () => (isWell ? undefined : { text: 'answered 503', isRefusal: false }),
  };
  const deliverOnce = createDelivery({
    outbox: outbox as never,
    receivers: [receiver],
    select: () => [receiver],
    what: 'alert',
    toFacts: () => ({}),
    keepMs: 60_000,
    countTry: () => undefined,
    logger: testLogger,
  });
  expect(await deliverOnce(now)).toEqual({ delivered: 0 });
  nextTime = new Date(now.getTime() + 500);
  expect(await deliverOnce(now)).toEqual({ delivered: 0 });
  isWell = true;
  const later = new Date(now.getTime() + 10_000);
  expect(await deliverOnce(later)).toEqual({ delivered: 1 });
  expect(await deliverOnce(later)).toBeUndefined();
});
