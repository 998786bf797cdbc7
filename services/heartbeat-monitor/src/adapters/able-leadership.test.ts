import { toAbleLeadership } from './able-leadership';

const rest = { release: () => Promise.resolve(), standBack: () => undefined };

it('a replica that stood still while it asked for the leadership does not lead', async () => {
  let isAble = true;
  const isLeader = async () => {
    isAble = false;
    return true;
  };
  expect(await toAbleLeadership({ isLeader, ...rest }, () => isAble).isLeader()).toBe(false);
});

it('a replica that cannot lead does not ask for the leadership', async () => {
  const isLeader = jest.fn(() => Promise.resolve(true));
  expect(await toAbleLeadership({ isLeader, ...rest }, () => false).isLeader()).toBe(false);
  expect(isLeader).not.toHaveBeenCalled();
  expect(await toAbleLeadership({ isLeader, ...rest }, () => true).isLeader()).toBe(true);
});
