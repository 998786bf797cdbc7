import { parseJson } from './parse-json';

it.each([
  ['{"a": "张三"}', { value: { a: '张三' } }],
  ['\uFEFF[1]', { value: [1] }],
  ['null', { value: null }],
  ['{"a": nope}', { fault: 'error at position 7' }],
  ['', { fault: 'error at position 0' }],
])('reads %j', (text, parsed) => {
  expect(parseJson(Buffer.from(text))).toEqual(parsed);
});

it.each([[[0x22, 0xff, 0x22]], [[0x22, 0xed, 0xa0, 0x80, 0x22]], [[0xff, 0xfe, 0x31, 0x00]]])(
  'refuses bytes that are not UTF-8: %j',
  (bytes) => {
    expect(parseJson(Uint8Array.from(bytes))).toEqual({ fault: 'it is not valid UTF-8' });
  },
);

it.each([
  ['nope', 1],
  ['{"a": tru}', 9],
  ['{"a": 1,}', 8],
  ['{"a" 1}', 5],
  ['{"a":1', 6],
  ['{"x": "y"} z', 11],
  [`{"list": [${'1, '.repeat(2_000)}x]}`, 6_010],
])('finds where %j goes wrong', (text, position) => {
  expect(parseJson(Buffer.from(text))).toEqual({ fault: `error at position ${position}` });
});

it('says nothing that it does not know', () => {
  expect(parseJson(Buffer.from('[tru\n]'))).toEqual({ fault: 'it is not valid JSON' });
});
