import { isTooDeep, MAX_JSON_DEPTH, toShallowJson } from './json-depth';

const nest = (levels: number, mixed = false): unknown =>
  JSON.parse(
    Array.from({ length: levels }, (_, i) => (mixed && i % 2 ? '{"a":' : '[')).join('') +
      'null' +
      Array.from({ length: levels }, (_, i) => (mixed && (levels - 1 - i) % 2 ? '}' : ']')).join(''),
  );

it.each<[string, unknown, boolean]>([
  ['a number', 1, false],
  ['null', null, false],
  ['as many levels as allowed', nest(MAX_JSON_DEPTH), false],
  ['one level more', nest(MAX_JSON_DEPTH + 1), true],
  ['one level more, of objects too', nest(MAX_JSON_DEPTH + 1, true), true],
  ['a million levels', nest(1_000_000), true],
  ['a deep one behind many flat ones', { flat: Array.from({ length: 1_000 }, () => ({})), deep: nest(100) }, true],
])('says whether %s is too deep', (_name, value, expected) => {
  expect(isTooDeep(value)).toBe(expected);
});

it('writes a value of allowed depth as JSON does, and cuts a deeper one at the limit', () => {
  const flat = { a: [1, 'x', null, { b: true }] };
  expect(toShallowJson(flat)).toBe(JSON.stringify(flat));
  expect(toShallowJson(nest(1_000_000), 2)).toBe('[["[…]"]]');
  expect(toShallowJson({ a: { b: { c: 1 } } }, 2)).toBe('{"a":{"b":"{…}"}}');
});
