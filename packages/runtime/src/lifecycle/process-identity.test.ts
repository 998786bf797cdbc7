import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProcessIdentity, findStartTicks, getOwnIdentity } from './process-identity';

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

it('a process is gone if there is no file about it, and not if the file cannot be read', () => {
  expect(findProcessIdentity(process.pid)).toEqual(getOwnIdentity());
  // Larger than the kernel gives.
  expect(findProcessIdentity(2 ** 22 + 1)).toBeUndefined();
  // A folder where the file should be.
  const dir = mkdtempSync(join(tmpdir(), 'identity-'));
  mkdirSync(join(dir, 'stat'));
  expect(() => findProcessIdentity(`self/root${dir}` as unknown as number)).toThrow('EISDIR');
  rmSync(dir, { recursive: true });
});
