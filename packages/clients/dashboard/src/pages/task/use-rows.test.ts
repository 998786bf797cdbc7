import { keepNear, toPages } from './use-rows';

it.each([
  { first: 0, end: 40, pages: [0] },
  { first: 190, end: 230, pages: [0, 1] },
  { first: 99_980, end: 100_000, pages: [499] },
  { first: 0, end: 0, pages: [] },
])('rows $first to $end are on the pages $pages', ({ first, end, pages }) => {
  expect(toPages(first, end)).toEqual(pages);
});

it('keeps the pages that are nearest to what is seen', () => {
  const pages = new Map([0, 1, 5, 6, 7].map((number) => [number, `page ${number}`]));
  expect([...keepNear(pages, 1_250, 3).keys()].sort()).toEqual([5, 6, 7]);
});
