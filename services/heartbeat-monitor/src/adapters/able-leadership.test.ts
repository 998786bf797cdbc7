import { toAbleLeadership } from './able-leadership';

const release = () => Promise.resolve();

it('a replica that stood still while it asked for the leadership does not lead', async () => {
  let isAble = true;
  const isLeader = async () => {
    isAble = false;
    return true;
  };
  expect(await toAbleLeadership({ isLeader, release }, () => isAble).isLeader()).toBe(false);
});

it('a replica that cannot lead does not ask for the leadership', async () => {
  const isLeader = jest.fn(() => Promise.resolve(true));
  expect(await toAbleLeadership({ isLeader, release }, () => false).isLeader()).toBe(false);
  expect(isLeader).not.toHaveBeenCalled();
  expect(await toAbleLeadership({ isLeader, release }, () => true).isLeader()).toBe(true);
});
