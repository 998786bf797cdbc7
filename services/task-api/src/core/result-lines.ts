import { RESULT_COLUMNS, type Result } from '@cyberstroll/contracts';

/** Which rows of a result: those of the ports that the filter names. */
export interface RowFilter {
  port?: number | undefined;
  service?: string | undefined;
}

export const toNdjsonLine = (result: Result): string => `${JSON.stringify(result)}\n`;

export const CSV_HEADER = `${RESULT_COLUMNS.join(',')}\r\n`;

/** One row per open port that matches (RFC 4180). */
export function toCsvRows(result: Result, { port, service }: RowFilter = {}): string {
  const services = new Map(result.services.map((text) => [Number.parseInt(text, 10), toService(text)]));
  return result.open_ports
    .map((openPort) => ({ port: openPort, ...(services.get(openPort) ?? UNKNOWN) }))
    .filter((row) => (port === undefined || row.port === port) && hasName(row.text, service))
    .map((row) => [
      ...[result.task_id, result.subtask_id, result.ip, row.port, row.protocol, row.text],
      ...[result.completed_time.toISOString(), result.assigned_node ?? ''],
    ])
    .map((cells) => `${cells.map(toCell).join(',')}\r\n`)
    .join('');
}

/** Every scan is one of TCP. */
const UNKNOWN = { protocol: 'tcp', text: '' };

/** Of `<port>/<protocol> <name> [banner]` the protocol, and the name with the banner. */
function toService(text: string): { protocol: string; text: string } {
  const [, protocol, rest] = /^\d+\/(\S+)(?: (.*))?$/s.exec(text) ?? [];
  return { protocol: protocol ?? UNKNOWN.protocol, text: rest ?? '' };
}

const hasName = (text: string, part: string | undefined): boolean =>
  part === undefined || text.split(' ', 1)[0]!.toLowerCase().includes(part.toLowerCase());

/** A spreadsheet takes text that begins with one of these for a formula. Banners are written by strangers. */
const FORMULA = /^[=+\-@\t\r]/;

function toCell(value: string | number): string {
  const text = String(value);
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
