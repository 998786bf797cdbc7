import {
  concludeTry,
  type Fault,
  interleave,
  toClaimEnd,
  toDeliveries,
  toFault,
  toNextLook,
  WELL,
} from './plan-delivery';

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
  const FAILED = toFault(500);
  const REFUSED = toFault(422);
  const conclude = (fault: Fault | undefined, { id = 'd', tries = 1, ageSeconds = 0, before = WELL } = {}) =>
    concludeTry({ delivery_id: id, tries, timestamp: at(-ageSeconds) }, fault, before, {
      keepMs: KEEP_MS,
      now: NOW,
      endedAt: at(2),
      toWaitMs,
    });
  /** The receiver after these deliveries have failed, one after the other. */
  const failAll = (ids: readonly string[], before = WELL) =>
    ids.reduce((state, id) => conclude(FAILED, { id, before: state }).receiver, before);
  const FIVE = ['a', 'b', 'c', 'd', 'e'];

  it.each([undefined, REFUSED])('an answer, also a refusal, ends the failures in a row', (fault) => {
    expect(conclude(fault, { before: failAll(FIVE) }).receiver).toEqual(WELL);
  });

  it('a late delivery that arrives is delivered', () => {
    expect(conclude(undefined, { ageSeconds: 999 }).outcome).toBe('delivered');
  });

  it.each([FAILED, REFUSED])(
    'a delivery that fails waits from the end of its try, longer after each of its own',
    (fault) => {
      expect([1, 4].map((tries) => conclude(fault, { tries }).nextTime)).toEqual([at(3), at(6)]);
    },
  );

  it('a receiver is left alone when five different deliveries fail in a row, longer after each such row, not for one alone', () => {
    expect(failAll(Array(40).fill('a')).pausedUntil).toEqual(WELL.pausedUntil);
    expect(failAll(FIVE.slice(1)).pausedUntil).toEqual(WELL.pausedUntil);
    expect(failAll(FIVE)).toEqual({ failing: new Set(), pauses: 1, pausedUntil: at(3) });
    expect(failAll(FIVE, failAll(FIVE)).pausedUntil).toEqual(at(4));
  });

  it.each([
    [59, FAILED, 30, 'failed'],
    [60, FAILED, 1, 'given_up'],
    [59, REFUSED, 19, 'failed'],
    [59, REFUSED, 20, 'given_up'],
    [60, REFUSED, 1, 'given_up'],
  ])('a notice of %i s with %j at its try %i is %s', (ageSeconds, fault, tries, outcome) => {
    expect(conclude(fault, { ageSeconds, tries }).outcome).toBe(outcome);
  });
});

it.each<readonly [number, boolean | undefined]>([
  [200, undefined],
  [204, undefined],
  ...[400, 401, 404, 413, 422].map((status) => [status, true] as const),
  ...[301, 307, 408, 425, 429, 500, 503].map((status) => [status, false] as const),
])('an answer %i refuses the notice: %s', (status, isRefusal) => {
  expect(toFault(status)?.isRefusal).toBe(isRefusal);
});

it('takes one of each list by turns', () => {
  expect([...interleave([1, 2], [5, 6, 7, 8])]).toEqual([1, 5, 2, 6, 7, 8]);
});

it('a claim lasts longer than the longest try of a webhook', () => {
  expect(toClaimEnd(NOW).getTime() - NOW.getTime()).toBeGreaterThan(10_000);
});

it('a delivery for an unknown receiver is left for a minute, and dropped when it is too old', () => {
  expect(toNextLook({ timestamp: at(-59) }, KEEP_MS, NOW)).toEqual(at(60));
  expect(toNextLook({ timestamp: at(-60) }, KEEP_MS, NOW)).toBeUndefined();
});
