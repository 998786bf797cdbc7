import { findJsonErrorPosition } from './find-json-error-position';

it.each([
  ['nope', 1],
  ['{"a": tru}', 9],
  ['{"a": 1,}', 8],
  ['{"a" 1}', 5],
  ['{"a":1', 6],
  ['', 0],
  ['{"x": "y"} z', 11],
  [`{"list": [${'1, '.repeat(2_000)}x]}`, 6_010],
])('finds where %j goes wrong', (text, position) => {
  let message = '';
  try {
    JSON.parse(text);
  } catch (error) {
    message = (error as Error).message;
  }
  expect(findJsonErrorPosition(text, message)).toBe(position);
});

it('says nothing that it does not know', () => {
  expect(findJsonErrorPosition('{}', 'something else')).toBeUndefined();
});
