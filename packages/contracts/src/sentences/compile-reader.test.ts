import * as z from 'zod';
import { compileReader } from './compile-reader';
import { readSafely } from './read-safely';

const schema = z.object({ name: z.string().min(1).max(8), ports: z.array(z.number().int().max(65_535)).optional() });
const read = compileReader(schema);

it.each([
  { name: 'a', ports: [80, 443] },
  { name: 'a', unknown: 1 },
  { name: '' },
  { name: 'much too long', ports: [80.5, 70_000] },
  { ports: 'all' },
  null,
])('reads %j as readSafely does, with the same sentences', (value) => {
  const [was, expected] = [read(value), readSafely(schema, value)];
  expect(was.data).toEqual(expected.data);
  expect(was.error?.issues).toEqual(expected.error?.issues);
});

it('compiles its schema', () => {
  // Only then a value is read by code that is made for it: the schema's own function is not called.
  const run = jest.spyOn(schema._zod, 'run');
  expect(read({ name: 'b' }).success).toBe(true);
  expect(run).not.toHaveBeenCalled();
  expect(readSafely(schema, { name: 'b' }).success).toBe(true);
  expect(run).toHaveBeenCalledTimes(1);
});
