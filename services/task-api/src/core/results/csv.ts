import { toVisibleLine } from '@cyberstroll/contracts';

/**
 * A spreadsheet takes text that begins with one of these for a formula, some also in full width or behind blanks.
 * Banners are written by strangers.
 */
const FORMULA = /^\s*[=+\-@＝＋－＠]/;

/** One row (RFC 4180), of visible text alone, in which no text is a formula for a spreadsheet. */
export const toCsvRow = (cells: readonly (string | number)[]): string => `${cells.map(toCell).join(',')}\r\n`;

function toCell(value: string | number): string {
  const text = toVisibleLine(String(value));
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
