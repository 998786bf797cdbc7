/** What a terminal, a page or a spreadsheet may obey: control characters, line ends, text-direction marks. */
const OBEYED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

/** Text of a scanned host on one line, with a space in place of each run of such characters. Never longer. */
export const toVisibleLine = (text: string): string => text.replace(OBEYED, ' ');
