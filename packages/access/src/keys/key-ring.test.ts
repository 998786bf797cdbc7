import type { ApiKey } from '@cyberstroll/contracts';
import { testLogger } from '@cyberstroll/testkit';
import { parseApiKeys } from './api-keys';
import { createKeyRing } from './key-ring';
import { toDigest } from './secrets';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const SECRET = 'a secret of the test';
const key = (change: Partial<ApiKey> = {}): ApiKey => ({
  key_id: 'a'.repeat(24),
  name: 'team-a',
  role: 'viewer',
  created_time: new Date(0),
  created_by: 'ada',
  digest: toDigest(SECRET),
  generation: 1,
  active: true,
  change: 1,
  ...change,
});

/** A replica with this key. What `changes` gets is what the other replicas write. */
async function openRing(first: ApiKey) {
  const changes = [first];
  let hangs = false;
  const findChanges = async (after: number): Promise<ApiKey[]> => {
    if (hangs) return new Promise(() => undefined);
    return changes.filter(({ change }) => change > after);
  };
  const ring = createKeyRing({
    apiKeys: {
      findChanges,
      markUsed: async () => undefined,
    },
    bootstrap: parseApiKeys('ada:admin:0123456789abcdef'),
    logger: testLogger,
  });
  const started = ring.start();
  await jest.advanceTimersByTimeAsync(0);
  await started;
  const ended = jest.fn();
  const isOpen = async () => (await ring.findCaller(SECRET)) !== undefined;
  expect(await isOpen()).toBe(true);
  const stopWatching = ring.watch((await ring.findCaller(SECRET))!, ended);
  /** The next read gets no answer. */
  const hang = () => {
    hangs = true;
  };
  const answer = () => {
    hangs = false;
  };
  return { ring, changes, ended, isOpen, hang, answer, stopWatching };
}

it('a key that another replica revokes ends within 5 s, with its connections, even if a read hangs', async () => {
  const { ring, changes, ended, isOpen, hang, answer } = await openRing(key());
  // The read that begins before the change does not see it, and hangs.
  hang();
  await jest.advanceTimersByTimeAsync(2_000);
  answer();
  changes.push(key({ active: false, change: 2 }));
  await jest.advanceTimersByTimeAsync(5_000);
  expect([await isOpen(), ended.mock.calls.length]).toEqual([false, 1]);
  await ring.stop();
});

it('a key ends within 5 s after it expires, even if nothing can be read', async () => {
  const { ring, ended, isOpen, hang, answer } = await openRing(key({ expires_time: new Date(Date.now() + 60_000) }));
  await jest.advanceTimersByTimeAsync(55_000);
  expect([await isOpen(), ended.mock.calls.length]).toEqual([true, 0]);
  hang();
  await jest.advanceTimersByTimeAsync(8_000);
  const isStillOpen = isOpen();
  await jest.advanceTimersByTimeAsync(2_000);
  expect([await isStillOpen, ended.mock.calls.length]).toEqual([false, 1]);
  answer();
  await jest.advanceTimersByTimeAsync(5_000);
  await ring.stop();
});

it('a key that was revoked while no client called is refused also while nothing can be read', async () => {
  const { ring, changes, isOpen, stopWatching, hang, answer } = await openRing(key());
  stopWatching();
  await jest.advanceTimersByTimeAsync(60_000);
  changes.push(key({ active: false, change: 2 }));
  await jest.advanceTimersByTimeAsync(4_000);
  hang();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(await isOpen()).toBe(false);
  answer();
  await jest.advanceTimersByTimeAsync(5_000);
  await ring.stop();
});
