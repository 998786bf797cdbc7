import { toFileName } from './to-file-name';

const NOW = Date.parse('2026-11-28T13:15:59Z');

it.each([
  ['results-port22', 'results-port22-2026-11-28T1315Z.csv'],
  ['results-10.0.0.0/24', 'results-10.0.0.0-24-2026-11-28T1315Z.csv'],
  ['results-夜间 <b>../', 'results-夜间-b-..--2026-11-28T1315Z.csv'],
])('an export of %s is named %s', (name, expected) => {
  expect(toFileName(name, NOW, 'csv')).toBe(expected);
});

it('a long name is cut', () => {
  expect(toFileName('x'.repeat(300), NOW, 'ndjson')).toHaveLength(100 + '-2026-11-28T1315Z.ndjson'.length);
});
