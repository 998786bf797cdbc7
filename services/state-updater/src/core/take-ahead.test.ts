import { takeAhead } from './take-ahead';

/** A name with a 0 ends its subtask. */
const toItems = (text: string) =>
  text.split(' ').map((name) => {
    const status = name.endsWith('0') ? ('COMPLETED' as const) : ('ASSIGNED' as const);
    return { name, update: { subtask_id: name[0]!, status } };
  });
const toNames = (items: ReturnType<typeof toItems>) => items.map(({ name }) => name).join(' ');
const take = (own: string, ahead: string) => toNames([...takeAhead(toItems(own), () => toItems(ahead))]);

it('puts what comes later of the subtasks of a batch behind what the batch says of them, in its order', () => {
  expect(take('a1 b1 a2 c1', 'b2 d1 a3 b3')).toBe('a1 a2 a3 b1 b2 b3 c1');
});

it('leaves a batch as it is if nothing comes later of its subtasks', () => {
  const own = toItems('a1 b1 a2');
  expect(takeAhead(own, () => toItems('c1 d1'))).toBe(own);
  expect(takeAhead(own, () => [])).toBe(own);
});

it('does not look ahead of a batch in which no node begins anything', () => {
  const findAhead = jest.fn(() => toItems('a1'));
  const own = toItems('a0 b0');
  expect(takeAhead(own, findAhead)).toBe(own);
  expect(findAhead).not.toHaveBeenCalled();
});
