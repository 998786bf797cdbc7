/** A spreadsheet takes text that begins with one of these for a formula. Banners are written by strangers. */
const FORMULA = /^[=+\-@\t\r]/;

/** One row (RFC 4180), in which no text is a formula for a spreadsheet. */
export const toCsvRow = (cells: readonly (string | number)[]): string => `${cells.map(toCell).join(',')}\r\n`;

function toCell(value: string | number): string {
  const text = String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
