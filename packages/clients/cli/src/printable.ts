/**
 * Banners, services, targets and whatever else came over the network is hostile: a terminal obeys what it prints. Text
 * is shown through `toPrintable`, JSON through `toPrintableJson`; the renderers call them, so that no command can
 * forget.
 */
const ESC = '\u001b';
const END = `(?:\u0007|${ESC}\\\\|\u009c)`;
const TERMINAL_ESCAPES = new RegExp(
  [
    `(?:${ESC}[\\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007${ESC}\u009c]*${END}`, // OSC, DCS, SOS, PM, APC
    `(?:${ESC}\\[|\u009b)[0-?]*[ -/]*[@-~]`, // CSI
    `${ESC}[ -/]*[0-Z\\\\^-~]`, // the short ones
  ].join('|'),
  'g',
);
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** One line of text without terminal escapes, control, format (bidi, zero-width) characters and lone surrogates. */
export function toPrintable(text: string): string {
  return text
    .replace(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ')
    .replace(TERMINAL_ESCAPES, '')
    .replace(UNSEEN, '');
}

/** JSON on one line that means the same value, with everything that a terminal could obey as \u escapes. */
export function toPrintableJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSEEN, toEscapes);
}

const toEscapes = (unseen: string): string =>
  [...Array(unseen.length).keys()]
    .map((unit) => `\\u${unseen.charCodeAt(unit).toString(16).padStart(4, '0')}`)
    .join('');

const UNSEEN_IN_LINES = /(?![\r\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A part of a streamed answer. CSV loses everything unseen that a terminal could obey; NDJSON keeps its values, and has
 * this as \u escapes.
 */
export const toPrintableStream = (format: 'csv' | 'ndjson', text: string): string =>
  format === 'csv' ? text.replace(UNSEEN_IN_LINES, '') : text.replace(UNSEEN_IN_LINES, toEscapes);
