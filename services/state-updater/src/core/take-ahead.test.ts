import { takeAhead } from './take-ahead';

const toItems = (text: string) => text.split(' ').map((name) => ({ name, update: { subtask_id: name[0]! } }));
const toNames = (items: ReturnType<typeof toItems>) => items.map(({ name }) => name).join(' ');
const take = (own: string, ahead: string) => toNames([...takeAhead(toItems(own), toItems(ahead))]);

it('puts what comes later of the subtasks of a batch behind what the batch says of them, in its order', () => {
  expect(take('a1 b1 a2 c1', 'b2 d1 a3 b3')).toBe('a1 a2 a3 b1 b2 b3 c1');
});

it('leaves a batch as it is if nothing comes later of its subtasks', () => {
  const own = toItems('a1 b1 a2');
  expect(takeAhead(own, toItems('c1 d1'))).toBe(own);
  expect(takeAhead(own, [])).toBe(own);
});
