import { paintState, wantsColor } from './color';

it.each([
  ['a terminal', { isTTY: true }, {}, true],
  ['a pipe', {}, {}, false],
  ['a terminal and NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
  ['a terminal and an empty NO_COLOR', { isTTY: true }, { NO_COLOR: '' }, true],
  ['a terminal that can nothing', { isTTY: true }, { TERM: 'dumb' }, false],
  ['a pipe and FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR against NO_COLOR, as in Node', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, true],
  ['a terminal and FORCE_COLOR=0', { isTTY: true }, { FORCE_COLOR: '0' }, false],
])('colours on %s', (_name, stream, env, isWanted) => {
  expect(wantsColor(stream, env)).toBe(isWanted);
  expect(wantsColor(stream, env, true)).toBe(false);
});

it('paints a state, and no other text', () => {
  expect(paintState('FAILED', 'FAILED  ', true)).toBe('\u001b[31mFAILED  \u001b[39m');
  expect(paintState('FAILED', 'FAILED  ', false)).toBe('FAILED  ');
  expect(paintState('CREATED', 'CREATED', true)).toBe('CREATED');
});
