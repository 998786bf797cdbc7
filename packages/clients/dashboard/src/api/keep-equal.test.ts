import { keepEqual } from './keep-equal';

it('an item that says the same is the same object, wherever it stands now', () => {
  const before = [
    { id: 'a', n: [1] },
    { id: 'b', n: [2] },
  ];
  const after = keepEqual(
    before,
    [
      { id: 'c', n: [] },
      { id: 'b', n: [2] },
      { id: 'a', n: [3] },
    ],
    ({ id }) => id,
  );
  expect(after.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  expect([after[1] === before[1], after[2] === before[0]]).toEqual([true, false]);
});
