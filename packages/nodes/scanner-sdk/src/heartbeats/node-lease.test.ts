import { createNodeLease } from './node-lease';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function setup() {
  const onLapsed = jest.fn();
  return { onLapsed, lease: createNodeLease({ leaseMs: 1_000, onLapsed }) };
}

it('lapses when no heartbeat that was sent later is confirmed', async () => {
  const { onLapsed, lease } = setup();
  await lease.start();
  jest.advanceTimersByTime(900);
  lease.renew(performance.now() - 400);
  jest.advanceTimersByTime(599);
  expect([lease.isHeld(), onLapsed.mock.calls.length]).toEqual([true, 0]);
  jest.advanceTimersByTime(1);
  expect([lease.isHeld(), onLapsed.mock.calls.length]).toEqual([false, 1]);
});

it('leaves no timer after its stop, though the last heartbeats are confirmed later', async () => {
  const { onLapsed, lease } = setup();
  await lease.start();
  jest.advanceTimersByTime(100);
  await lease.stop();
  lease.renew(performance.now());
  jest.advanceTimersByTime(10_000);
  expect(onLapsed).not.toHaveBeenCalled();
});
