import { toAbleDuty } from './able-duty';

const release = () => Promise.resolve();

it('a duty is not done by a replica that stood still while it asked for it', async () => {
  let isAble = true;
  const isMine = async () => {
    isAble = false;
    return true;
  };
  expect(await toAbleDuty({ isMine, release }, () => isAble).isMine()).toBe(false);
});

it('a duty is not asked for by a replica that cannot do it', async () => {
  const isMine = jest.fn(() => Promise.resolve(true));
  expect(await toAbleDuty({ isMine, release }, () => false).isMine()).toBe(false);
  expect(isMine).not.toHaveBeenCalled();
  expect(await toAbleDuty({ isMine, release }, () => true).isMine()).toBe(true);
});
