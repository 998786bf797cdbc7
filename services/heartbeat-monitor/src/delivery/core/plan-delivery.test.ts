import { concludeTry, toClaimEnd, toDeliveries, toNextLook, WELL } from './plan-delivery';

const NOW = new Date('2026-01-31T12:00:00Z');
const at = (seconds: number) => new Date(NOW.getTime() + seconds * 1_000);
const KEEP_MS = 60_000;
const EVENTS = { target: 'cs.events' };
const HOOK = { target: 'a1b2' };
const notice = { notice_id: 'n1', timestamp: NOW };

describe('toDeliveries', () => {
  it('gives each receiver an id of its own, the same at each call', () => {
    const toIds = (now: Date) => toDeliveries(notice, [EVENTS, HOOK], now).map(({ delivery_id }) => delivery_id);
    expect(new Set(toIds(NOW)).size).toBe(2);
    expect(toIds(at(9))).toEqual(toIds(NOW));
  });

  it('is due at once, without a try', () => {
    expect(toDeliveries(notice, [HOOK], NOW)[0]).toMatchObject({ target: 'a1b2', tries: 0, next_time: NOW });
  });
});

describe('concludeTry', () => {
  const toWaitMs = (failures: number) => failures * 1_000;
  const conclude = (fault: string | undefined, { ageSeconds = 0, failures = 0 } = {}) =>
    concludeTry(
      { timestamp: at(-ageSeconds) },
      fault,
      { ...WELL, failures },
      {
        ...{ keepMs: KEEP_MS, now: NOW, endedAt: at(2), toWaitMs },
      },
    );

  it('a delivery that arrives ends the failures in a row', () => {
    expect(conclude(undefined, { failures: 4 })).toEqual({ outcome: 'delivered', receiver: WELL });
  });

  it('a late delivery that arrives is delivered', () => {
    expect(conclude(undefined, { ageSeconds: 999 }).outcome).toBe('delivered');
  });

  it('a failed delivery pauses its receiver from the end of the try, longer after each failure in a row', () => {
    expect(conclude('answered 500')).toEqual({ outcome: 'failed', receiver: { failures: 1, restUntil: at(3) } });
    expect(conclude('answered 500', { failures: 4 }).receiver).toEqual({ failures: 5, restUntil: at(7) });
  });

  it.each([
    [59, 'failed'],
    [60, 'given_up'],
  ])('a failed delivery of a change of %i s is %s', (ageSeconds, outcome) => {
    expect(conclude('answered 500', { ageSeconds }).outcome).toBe(outcome);
  });
});

it('a claim lasts longer than the longest try of a webhook', () => {
  expect(toClaimEnd(NOW).getTime() - NOW.getTime()).toBeGreaterThan(10_000);
});

it('a delivery for an unknown receiver is left for a minute, and dropped when it is too old', () => {
  expect(toNextLook({ timestamp: at(-59) }, KEEP_MS, NOW)).toEqual(at(60));
  expect(toNextLook({ timestamp: at(-60) }, KEEP_MS, NOW)).toBeUndefined();
});
