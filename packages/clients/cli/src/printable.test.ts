import { toPrintable, toPrintableJson } from './printable';

const ESC = '\u001b';

describe('toPrintable', () => {
  it.each([
    ['plain text', 'SSH-2.0-OpenSSH_9.2p1 ünïcode 端口', 'SSH-2.0-OpenSSH_9.2p1 ünïcode 端口'],
    ['colours', `${ESC}[31;1mred${ESC}[0m`, 'red'],
    ['a cleared screen', `a${ESC}[2J${ESC}[1;1Hb`, 'ab'],
    ['an 8-bit CSI', 'a\u009b31mb', 'ab'],
    ['a window title', `a${ESC}]0;owned\u0007b`, 'ab'],
    ['a hyperlink ended by ST', `${ESC}]8;;http://evil.example${ESC}\\click${ESC}]8;;${ESC}\\`, 'click'],
    ['a clipboard write', `${ESC}]52;c;ZXZpbA==\u0007x`, 'x'],
    ['a device control string', `${ESC}P$q"p${ESC}\\x`, 'x'],
    ['a terminal reset', `a${ESC}cb`, 'ab'],
    ['an escape within an escape', `${ESC}${ESC}[31m[2Jx`, '[2Jx'],
    ['an unended title', `a${ESC}]0;b`, 'a]0;b'],
    ['carriage return, line feed and tab', 'a\r\nb\rc\td', 'a b c d'],
    ['backspace, bell, delete and NUL', 'a\b\u0007\u007f\0b', 'ab'],
    ['text turned round', 'a\u202egnp.exe\u2066', 'agnp.exe'],
    ['zero-width and byte order marks', 'a\u200b\ufeffb', 'ab'],
    ['a lone surrogate', 'a\ud800b', 'ab'],
    ['an emoji', 'a🦀b', 'a🦀b'],
  ])('%s', (_name, text, printable) => {
    expect(toPrintable(text)).toBe(printable);
  });

  it('leaves nothing that a terminal obeys of any single code unit', () => {
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
    expect(toPrintable(all)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

it('toPrintableJson means the same value and holds nothing that a terminal obeys', () => {
  const value = { banner: `\u009b2J${ESC}]0;x\u0007 \u202e \u{e0041} \u007f \ud800 端口` };
  const json = toPrintableJson(value);
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(json).toContain('端口');
  expect(JSON.parse(json)).toEqual(value);
});
