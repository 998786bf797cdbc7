import { withGaps } from './gaps';

it('leaves an empty place where samples are missing, and none where one is a little late', () => {
  const { times, toValues } = withGaps(
    [10, 20, 35, 60, 70].map((at) => ({ at, n: at * 2 })),
    10,
  );
  expect(times).toEqual([10, 20, 35, 45, 60, 70]);
  expect(toValues(({ n }) => n)).toEqual([20, 40, 70, null, 120, 140]);
});

it('has nothing to draw without samples', () => {
  expect(withGaps([], 10).times).toEqual([]);
});
