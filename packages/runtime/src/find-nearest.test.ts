import { findNearest } from './find-nearest';

it.each([
  ['prefech', 'prefetch'],
  ['NODEID', 'nodeId'],
  ['capcaity', 'capacity'],
  ['url', undefined],
])('the nearest to %s is %s', (text, nearest) => {
  expect(findNearest(text, ['prefetch', 'nodeId', 'capacity'])).toBe(nearest);
});
