import { createDepthReading } from './believe-depth';

it.each([
  [
    [0, 5, 20, 0, 20, 0, 0, 3],
    [0, 5, 20, 20, 20, 20, 0, 3],
  ],
  [
    [20, 0, 0, 0, 20, 0, 7],
    [20, 20, 0, 0, 20, 20, 7],
  ],
  [
    [10, 0],
    [10, 0],
  ],
])('with a limit of 10 takes %j for %j', (depths, believed) => {
  expect(depths.map(createDepthReading(10))).toEqual(believed);
});
