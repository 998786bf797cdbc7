import { toVisibleLine } from './visible-line';

it.each([
  ['terminal escapes', '\u001b[31mred\u001b[0m', ' [31mred [0m'],
  ['NUL, bell, delete and 8-bit controls', 'a\0\u0007b\u007fc\u009b2J', 'a b c 2J'],
  ['line ends', 'a\r\nb\nc\u0085d\u2028e\u2029f', 'a b c d e f'],
  ['text that is turned round', 'a\u202egnp.exe\u2066\u200fb', 'a gnp.exe b'],
  ['half a character', 'a\ud800b', 'a b'],
  ['any script', '22/tcp ssh 端口 ünïcode 👩‍👧 שלום', '22/tcp ssh 端口 ünïcode 👩‍👧 שלום'],
])('%s', (_name, text, line) => {
  expect(toVisibleLine(text)).toBe(line);
});

it('leaves no control or bidi character of any code unit', () => {
  const all = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).join(' ');
  expect(toVisibleLine(all)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
});
