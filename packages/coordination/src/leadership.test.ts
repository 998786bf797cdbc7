import { createLeadership } from './leadership';

it('keeps the leadership of sweeps until the last of them has released it, and stands back for a while', async () => {
  let now = 0;
  const leases = { keep: async () => true, releaseAll: jest.fn(async () => undefined) };
  const leadership = createLeadership(leases, 'joined', () => now);
  const [one, other] = [leadership.join(), leadership.join()];
  expect([await one.isLeader(), await other.isLeader()]).toEqual([true, true]);
  one.standBack();
  expect([await one.isLeader(), await other.isLeader()]).toEqual([false, false]);
  now = 30_000;
  expect(await other.isLeader()).toBe(true);
  await one.release();
  expect(leases.releaseAll).not.toHaveBeenCalled();
  await other.release();
  expect(leases.releaseAll).toHaveBeenCalledWith(['leader:joined']);
});
