import { testLogger } from '@cyberstroll/testkit';
import type { SessionDocument } from '../mongodb/models/documents';
import { createSessionRing } from './session-ring';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('a session that another replica ends is over within 5 s, with its connections, even if a read hangs', async () => {
  const open = new Map<string, SessionDocument>();
  let hangs = false;
  const ring = createSessionRing({
    sessions: {
      async add(session) {
        open.set(session._id, session);
      },
      async findOpen(ids) {
        if (hangs) return new Promise(() => undefined);
        return ids.flatMap((id) => open.get(id) ?? []);
      },
      end: async () => undefined,
    },
    keys: { findHolder: () => undefined, watch: () => () => undefined },
    bootstrap: { findProven: () => ({ name: 'ada', role: 'viewer' }) },
    logger: testLogger,
  });
  await ring.start();
  const { secret, caller } = await ring.open({ name: 'ada', role: 'viewer' }, 'key');
  const ended = jest.fn();
  ring.watch(caller, ended);
  await jest.advanceTimersByTimeAsync(4_000);
  expect(ended).not.toHaveBeenCalled();

  hangs = true;
  await jest.advanceTimersByTimeAsync(2_000);
  hangs = false;
  open.clear();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(ended).toHaveBeenCalledTimes(1);
  expect(await ring.findCaller(secret)).toBeUndefined();
  await ring.stop();
});
