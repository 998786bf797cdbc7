import { readColumns, toColumnsText, toggleColumn } from './columns';

it('an address names columns, which stand in the order of the table', () => {
  expect(readColumns('pool,status,colour')).toEqual(['status', 'pool']);
  expect(readColumns('')).toEqual(['status', 'progress', 'rate', 'why', 'created']);
  expect(toColumnsText(['pool', 'status'])).toBe('status,pool');
  expect(toColumnsText(readColumns(null))).toBeUndefined();
});

it('a column is added and taken away, and one stays', () => {
  expect(toggleColumn(['status'], 'pool')).toEqual(['status', 'pool']);
  expect(toggleColumn(['status', 'pool'], 'status')).toEqual(['pool']);
  expect(toggleColumn(['pool'], 'pool')).toEqual(['pool']);
});
