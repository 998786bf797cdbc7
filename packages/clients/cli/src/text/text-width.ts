/**
 * How many columns of a terminal a text takes. East Asian wide and full-width characters and emoji take two, marks
 * none. Ambiguous ones take one, as in terminals that are not set up otherwise.
 */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const WITHOUT_WIDTH = /\p{M}/u;
const ASCII = /^[\x20-\x7e]*$/;

export function toWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += toCharacterWidth(character);
  return width;
}

/** As many characters as fit into `max` columns; with an ellipsis where that is not all. */
export function fitInto(text: string, max: number): string {
  if (toWidth(text) <= max) return text;
  let fitting = '';
  let width = 1;
  for (const character of text) {
    width += toCharacterWidth(character);
    if (width > max) break;
    fitting += character;
  }
  return `${fitting}…`;
}

/** As many characters as fit into `max` columns. */
export const cutTo = (text: string, max: number): string =>
  toWidth(text) <= max ? text : fitInto(text, max + 1).slice(0, -1);

export const padEnd = (text: string, width: number): string => text + toPadding(text, width);
export const padStart = (text: string, width: number): string => toPadding(text, width) + text;

const toPadding = (text: string, width: number) => ' '.repeat(Math.max(0, width - toWidth(text)));

function toCharacterWidth(character: string): number {
  if (WITHOUT_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
