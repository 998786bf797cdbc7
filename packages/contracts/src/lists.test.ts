import { groupBy, toPortions } from './lists';

it('groups items by their key, in their order', () => {
  const groups = groupBy([3, 1, 4, 1, 5, 9, 2, 6], (number) => number % 3);
  expect([...groups]).toEqual([
    [0, [3, 9, 6]],
    [1, [1, 4, 1]],
    [2, [5, 2]],
  ]);
});

it.each([
  [[], 2, []],
  [[1, 2], 2, [[1, 2]]],
  [[1, 2, 3], 2, [[1, 2], [3]]],
  [[1, 2, 3], 10, [[1, 2, 3]]],
])('cuts %j into portions of %i', (items, size, portions) => {
  expect(toPortions(items, size)).toEqual(portions);
});
