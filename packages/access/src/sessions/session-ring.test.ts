import type { Session } from '@cyberstroll/contracts';
import { testLogger } from '@cyberstroll/testkit';
import { createSessionRing } from './session-ring';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A ring on these sessions. While it hangs, a read gets no answer. */
function setup() {
  const open = new Map<string, Session>();
  const reads: number[] = [];
  let hangs = false;
  const ring = createSessionRing({
    sessions: {
      async add(session) {
        open.set(session._id, session);
      },
      async findOpen(ids) {
        if (hangs) return new Promise(() => undefined);
        reads.push(ids.length);
        return ids.flatMap((id) => open.get(id) ?? []);
      },
      end: async () => undefined,
    },
    keys: { findHolder: () => undefined, watch: () => () => undefined },
    bootstrap: { findProven: () => ADA },
    logger: testLogger,
  });
  const hang = (does: boolean) => {
    hangs = does;
  };
  return { ring, open, reads, hang };
}
const ADA = { name: 'ada', role: 'viewer' as const };

it('a session that another replica ends is over within 5 s, with its connections, even if a read hangs', async () => {
  const { ring, open, hang } = setup();
  await ring.start();
  const { secret, caller } = await ring.open(ADA, 'key');
  const ended = jest.fn();
  ring.watch(caller, ended);
  await jest.advanceTimersByTimeAsync(4_000);
  expect(ended).not.toHaveBeenCalled();

  hang(true);
  await jest.advanceTimersByTimeAsync(2_000);
  hang(false);
  open.clear();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(ended).toHaveBeenCalledTimes(1);
  expect(await ring.findCaller(secret)).toBeUndefined();
  await ring.stop();
});

it('looks many unknown sessions up in one read after another, and none twice that it knows', async () => {
  const { ring, reads } = setup();
  const { secret } = await ring.open(ADA, 'key');
  const guesses = Array.from({ length: 1_500 }, (_, n) => ring.findCaller(`guess-${n}`));
  expect(await Promise.all(guesses)).toEqual(guesses.map(() => undefined));
  expect(reads).toEqual([1_000, 500]);
  for (let n = 0; n < 3; n++) expect(await ring.findCaller(secret)).toMatchObject({ name: 'ada' });
  expect(reads).toEqual([1_000, 500, 1]);
});
