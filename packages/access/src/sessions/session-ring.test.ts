import type { Session } from '@cyberstroll/contracts';
import { testLogger } from '@cyberstroll/testkit';
import { createSessionRing, type SessionEnd } from './session-ring';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** What the promise resolves with, without time passing. */
async function settle<Result>(asked: Promise<Result>): Promise<Result> {
  let isSettled = false;
  void asked.finally(() => {
    isSettled = true;
  });
  while (!isSettled) await jest.advanceTimersByTimeAsync(0);
  return asked;
}

/** A ring, and how many documents each of its reads asked for or got. */
function setup() {
  const open = new Map<string, Session>();
  const ends: SessionEnd[] = [];
  const lookUps: number[] = [];
  const reads: number[] = [];
  let answered: Promise<void> | undefined;
  const waitForAnswer = () => {
    const waiting = answered;
    answered = undefined;
    return waiting;
  };
  const ring = createSessionRing({
    sessions: {
      async add(session) {
        open.set(session._id, session);
      },
      async findOpen(ids) {
        const found = ids.flatMap((id) => open.get(id) ?? []);
        lookUps.push(ids.length);
        await waitForAnswer();
        return found;
      },
      async findEnds(after, limit) {
        await waitForAnswer();
        const found = ends.filter(({ change }) => change > after).slice(0, limit);
        reads.push(found.length);
        return found;
      },
      end: async () => undefined,
    },
    keys: { findHolder: async () => undefined, watch: () => () => undefined },
    bootstrap: { findProven: () => ADA },
    logger: testLogger,
  });
  /** Opens a session, with a connection. */
  async function connect() {
    const { secret, caller } = await ring.open(ADA, 'key');
    const ended = jest.fn();
    ring.watch((await ring.findCaller(secret))!, ended);
    return { secret, id: caller.session!._id, ended };
  }
  return {
    ring,
    open,
    lookUps,
    reads,
    connect,
    /** What another replica does. */
    endElsewhere(id: string) {
      open.delete(id);
      ends.push({ _id: id, change: ends.length + 1 });
    },
    /** The next read gets its answer when the function that this returns is called. */
    hang(): () => void {
      let answer = () => {};
      answered = new Promise((resolve) => {
        answer = resolve;
      });
      return answer;
    },
  };
}
const ADA = { name: 'ada', role: 'viewer' as const };

it('a session that another replica ends is over within 5 s, with its connections, even if a read hangs', async () => {
  const { ring, connect, endElsewhere, hang } = setup();
  await settle(ring.start());
  const { secret, id, ended } = await settle(connect());
  await jest.advanceTimersByTimeAsync(4_000);
  expect(ended).not.toHaveBeenCalled();

  hang();
  await jest.advanceTimersByTimeAsync(2_000);
  endElsewhere(id);
  await jest.advanceTimersByTimeAsync(5_000);
  expect(ended).toHaveBeenCalledTimes(1);
  expect(await settle(ring.findCaller(secret))).toBeUndefined();
  await ring.stop();
});

it('reads only what has ended: a minute of 2,000 sessions with connections costs some 30 commands and 3 documents', async () => {
  const { ring, connect, endElsewhere, lookUps, reads } = setup();
  const opened = await settle(Promise.all(Array.from({ length: 2_000 }, connect)));
  lookUps.length = 0;
  await settle(ring.start());
  await jest.advanceTimersByTimeAsync(30_000);
  for (const { id } of opened.slice(0, 3)) endElsewhere(id);
  await jest.advanceTimersByTimeAsync(29_000);
  expect(opened.filter(({ ended }) => ended.mock.calls.length > 0)).toEqual(opened.slice(0, 3));
  expect({ lookUps, documents: reads.reduce((sum, count) => sum + count) }).toEqual({ lookUps: [], documents: 3 });
  // An interval of 2 s is ±10 % long.
  expect(reads.length).toBeLessThanOrEqual(33);
  await ring.stop();
});

it('a look-up that began before the end does not open the session again', async () => {
  const { ring, connect, endElsewhere, hang } = setup();
  await settle(ring.start());
  await settle(connect());
  const { secret, caller } = await settle(ring.open(ADA, 'key'));
  await jest.advanceTimersByTimeAsync(1_000);
  const answer = hang();
  const found = ring.findCaller(secret);
  await jest.advanceTimersByTimeAsync(0);
  endElsewhere(caller.session!._id);
  await jest.advanceTimersByTimeAsync(1_500);
  answer();
  expect(await settle(found)).toBeUndefined();
  await ring.stop();
});

it('a session whose end nobody can read any more is over within ten minutes', async () => {
  const { ring, open, connect } = setup();
  await settle(ring.start());
  const { id, ended } = await settle(connect());
  open.delete(id);
  await jest.advanceTimersByTimeAsync(590_000);
  expect(ended).not.toHaveBeenCalled();
  await jest.advanceTimersByTimeAsync(15_000);
  expect(ended).toHaveBeenCalledTimes(1);
  await ring.stop();
});

it('looks many unknown sessions up in one read after another, and none twice that it knows', async () => {
  const { ring, lookUps } = setup();
  const { secret } = await settle(ring.open(ADA, 'key'));
  const guesses = Array.from({ length: 1_500 }, (_, n) => ring.findCaller(`guess-${n}`));
  expect(await settle(Promise.all(guesses))).toEqual(guesses.map(() => undefined));
  expect(lookUps).toEqual([1_000, 500]);
  for (let n = 0; n < 3; n++) expect(await settle(ring.findCaller(secret))).toMatchObject({ name: 'ada' });
  expect(lookUps).toEqual([1_000, 500, 1]);
});
