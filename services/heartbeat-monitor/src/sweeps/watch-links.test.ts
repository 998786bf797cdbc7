import { createLinkWatch } from './watch-links';

const TIMEOUT_MS = 15_000;
/** Half the timeout, but 5 s at most. */
const MAX_GAP_MS = 5_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function setUp() {
  const countOnline = jest.fn(async (): Promise<number> => 7);
  const store = { nodes: { countOnline } };
  const links = createLinkWatch({ store, broker: { isConnected: () => true } } as never, TIMEOUT_MS, new Date());
  links.noteConsuming(true, new Date());
  const checkEverySecond = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await links.checkOnce(new Date());
      await jest.advanceTimersByTimeAsync(1_000);
    }
  };
  return { countOnline, links, checkEverySecond };
}

it('asks MongoDB once for each gap that makes no node seem silent, and at each check while it does not answer', async () => {
  const { countOnline, links, checkEverySecond } = setUp();
  await checkEverySecond(20);
  expect(countOnline).toHaveBeenCalledTimes(20_000 / MAX_GAP_MS);
  expect(links.countNodes()).toBe(7);
  expect(links.canDeclareSilent(new Date())).toBe(true);
  countOnline.mockClear();
  countOnline.mockRejectedValue(new Error('MongoDB is away'));
  await checkEverySecond(3);
  expect(countOnline).toHaveBeenCalledTimes(3);
  expect(links.canDeclareSilent(new Date())).toBe(false);
  countOnline.mockResolvedValue(8);
  // A whole timeout from the last check without an answer.
  await checkEverySecond(13);
  expect(links.canDeclareSilent(new Date())).toBe(false);
  await checkEverySecond(1);
  expect(links.canDeclareSilent(new Date())).toBe(true);
});
