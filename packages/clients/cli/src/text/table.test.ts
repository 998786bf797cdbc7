import { createTable, toFieldLines } from './table';

it('columns are aligned, kept from page to page, cut where too long, and clean', () => {
  const table = createTable<{ name?: string; count: number }>([
    { title: 'NAME', value: (row) => row.name, max: 8 },
    { title: 'COUNT', value: (row) => row.count, align: 'right' },
  ]);
  expect(
    table.toText([
      { name: 'a', count: 1 },
      { name: 'longer than eight', count: 1_234_567 },
    ]),
  ).toBe(['NAME        COUNT', 'a               1', 'longer …  1234567'].join('\n'));
  expect(table.toText([{ count: 2 }, { name: '\u001b[31mx\n', count: 3 }])).toBe(
    ['-               2', 'x               3'].join('\n'),
  );
});

it('columns stay aligned where characters are two columns wide or none, and are cut by what they show', () => {
  const table = createTable<{ name: string; count: number }>([
    { title: 'NAME', value: (row) => row.name, max: 8 },
    { title: 'COUNT', value: (row) => row.count, align: 'right' },
  ]);
  const text = table.toText([
    { name: '张三', count: 1 },
    { name: '夜间扫描任务', count: 2 },
    { name: 'Jose\u0301', count: 3 },
    { name: '𠮷🚀x', count: 4 },
  ]);
  expect(text.split('\n')).toEqual([
    'NAME     COUNT',
    '张三         1',
    '夜间扫…      2',
    'Jose\u0301         3',
    '𠮷🚀x        4',
  ]);
});

it('fields stand below each other without those that have no value', () => {
  expect(
    toFieldLines([
      ['ip', 1],
      ['name', undefined],
      ['status', 'x\u0007'],
    ]),
  ).toBe('ip      1\nstatus  x');
});
