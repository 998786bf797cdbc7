import { findStartTicks } from './process-identity';

const toStat = (name: string, state: string, threads: number) =>
  `77 (${name}) ${state} 1 ${Array(15).fill('0').join(' ')} ${threads} 0 4711 8 9`;

it.each([
  ['one that runs', 'S', 1, '4711'],
  ['a zombie', 'Z', 1, undefined],
  ['a zombie whose other threads still hold its sockets', 'Z', 2, '4711'],
])('%s', (_, state, threads, ticks) => {
  expect(findStartTicks(toStat('node', state, threads))).toBe(ticks);
});

it('a name with brackets and blanks', () => {
  expect(findStartTicks(toStat('a) Z 1 (b', 'S', 1))).toBe('4711');
});
