import { addSamples, toMissingMinutes } from './add-samples';

const at = (time: string) => ({ timestamp: `2026-01-01T${time}Z` });
const NOW = Date.parse('2026-01-01T12:00:00Z');

it('adds what is newer, once, and drops what is older than an hour', () => {
  const known = [at('10:59:50.000'), at('11:00:10.000'), at('12:00:00.000')];
  const read = [at('11:00:10.000'), at('12:00:00.000'), at('12:00:10.000')];
  expect(addSamples(known, read)).toEqual([at('11:00:10.000'), at('12:00:00.000'), at('12:00:10.000')]);
  expect(addSamples([], [])).toEqual([]);
});

it('asks for all of the hour first, then for what it misses', () => {
  expect(toMissingMinutes([], NOW)).toBe(60);
  expect(toMissingMinutes([at('11:59:50.000')], NOW)).toBe(2);
  expect(toMissingMinutes([at('11:50:00.000')], NOW)).toBe(11);
  expect(toMissingMinutes([at('09:00:00.000')], NOW)).toBe(60);
  expect(toMissingMinutes([at('12:05:00.000')], NOW)).toBe(1);
});
