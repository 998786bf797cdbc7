import { listResultsQuerySchema, readSafely } from '@cyberstroll/contracts';
import { toFieldErrors } from './to-field-errors';

it('names each field at fault, what is wrong in words and as a code, and the limit', () => {
  const { error } = readSafely(listResultsQuerySchema, { port: '99999', limit: 'x', other: '1' });
  expect(toFieldErrors(error!)).toEqual([
    { field: 'port', message: 'must be at most 65,535', sentence: { code: 'too_big', values: { limit: '65535' } } },
    {
      field: 'limit',
      message: 'must be a whole number from 1 to 1,000, in decimal digits',
      sentence: { code: 'decimal', values: { least: '1', most: '1000' } },
    },
    { field: 'other', message: 'is not a known field', sentence: { code: 'unknown_field', values: {} } },
  ]);
});
