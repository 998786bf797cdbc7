import { sumUp } from './sum-up';

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber, columnNumber: 0 });

it('sums the time of each function up, the longest first, without idle time', () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame('(idle)') },
      { id: 2, callFrame: frame('decide', 'bundle.js', 7) },
      { id: 3, callFrame: frame('(garbage collector)') },
      // The same function, called from elsewhere.
      { id: 4, callFrame: frame('decide', 'bundle.js', 7) },
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [5_000_000, 1_000_000, 1_000_000, 2_000_000],
  };
  expect(sumUp(profile, (url, line) => `${url}:${line}`, 5)).toEqual({
    busy_seconds: 4,
    top: [
      { name: 'decide', place: 'bundle.js:7', share: 0.75 },
      { name: '(garbage collector)', place: '', share: 0.25 },
    ],
  });
});

it('gives no more functions than asked for', () => {
  const nodes = [1, 2, 3].map((id) => ({ id, callFrame: frame(`f${id}`) }));
  expect(sumUp({ nodes, samples: [1, 2, 3], timeDeltas: [1, 2, 3] }, () => '', 2).top.map(({ name }) => name)).toEqual([
    'f3',
    'f2',
  ]);
});
