import { mergeByKey } from './merge-by-key';

async function* listOf(...keys: string[]) {
  yield* keys;
}
const merge = async (left: string[], right: string[]) => {
  const pairs: string[] = [];
  for await (const pair of mergeByKey(listOf(...left), listOf(...right), (key) => key)) {
    pairs.push(`${pair.left ?? '-'}${pair.right ?? '-'}`);
  }
  return pairs;
};

it.each<[string[], string[], string[]]>([
  [[], [], []],
  [['a', 'b'], [], ['a-', 'b-']],
  [[], ['a', 'b'], ['-a', '-b']],
  [
    ['a', 'c'],
    ['b', 'c', 'd'],
    ['a-', '-b', 'cc', '-d'],
  ],
])('%j and %j', async (left, right, pairs) => {
  expect(await merge(left, right)).toEqual(pairs);
});

it('a reader that stops ends the reading of both', async () => {
  const ended: string[] = [];
  async function* endless(name: string) {
    try {
      for (let i = 0; ; i++) yield `${i}`;
    } finally {
      ended.push(name);
    }
  }
  for await (const _pair of mergeByKey(endless('left'), endless('right'), (key) => key)) break;
  expect(ended).toEqual(['left', 'right']);
});
