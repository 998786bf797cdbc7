import { concludePage } from './retry-all-page';

const page = (...indexes: number[]) => indexes.map((index) => ({ index }));

it.each([
  ['a full page', page(3, 7), undefined, { next: 7, isDone: false }],
  ['a full page in the middle', page(9, 12), 7, { next: 12, isDone: false }],
  ['a page that is not full', page(9), 7, { next: undefined, isDone: false }],
  ['an empty page after others', page(), 7, { next: undefined, isDone: false }],
  ['an empty first page', page(), undefined, { next: undefined, isDone: true }],
])('%s', (_, found, after, expected) => {
  expect(concludePage(found, { pageSize: 2, after })).toEqual(expected);
});

it('sends every failed subtask once, and is done when a walk from the start finds nothing', () => {
  let failed = page(1, 2, 3, 4);
  const sent: number[] = [];
  let after: number | undefined;
  for (let pass = 1; ; pass++) {
    const found = failed.filter(({ index }) => index > (after ?? -1)).slice(0, 2);
    sent.push(...found.map(({ index }) => index));
    const { next, isDone } = concludePage(found, { pageSize: 2, after });
    failed = failed.filter((each) => !found.includes(each));
    after = next;
    if (!isDone) continue;
    expect([pass, sent]).toEqual([4, [1, 2, 3, 4]]);
    break;
  }
});
