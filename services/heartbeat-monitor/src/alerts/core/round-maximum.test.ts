import { createRoundMaximum } from './round-maximum';

it('is the greatest of the page where a round is one page', () => {
  const add = createRoundMaximum();
  expect([add([0.2, 0.7], true), add([0.3], true), add([], true)]).toEqual([0.7, 0.3, 0]);
});

it('keeps the greatest of the last round until the next one is over', () => {
  const add = createRoundMaximum();
  expect([add([1.5], false), add([0.1], true)]).toEqual([1.5, 1.5]);
  expect([add([0.2], false), add([2], false), add([0.1], true)]).toEqual([1.5, 2, 2]);
  expect([add([0.2], false), add([0.4], true)]).toEqual([2, 0.4]);
});
