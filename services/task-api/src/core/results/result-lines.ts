import { RESULT_COLUMNS, type Result } from '@cyberstroll/contracts';
import { findServiceName, toServicesByPort, UNKNOWN_SERVICE } from '../service-text';
import { toCsvRow } from './csv';

/** Which rows of a result: those of the ports that the filter names. */
export interface RowFilter {
  port?: number | undefined;
  service?: string | undefined;
}

export const toNdjsonLine = (value: object): string => `${JSON.stringify(value)}\n`;

export const CSV_HEADER = toCsvRow(RESULT_COLUMNS);

/** One row per open port that matches. */
export function toCsvRows(result: Result, { port, service }: RowFilter = {}): string {
  const services = toServicesByPort(result.services);
  return result.open_ports
    .map((openPort) => ({ port: openPort, ...(services.get(openPort) ?? UNKNOWN_SERVICE) }))
    .filter((row) => (port === undefined || row.port === port) && hasName(row.text, service))
    .map((row) =>
      toCsvRow([
        result.task_id,
        result.subtask_id,
        result.ip,
        row.port,
        row.protocol,
        row.text,
        result.completed_time.toISOString(),
        result.assigned_node ?? '',
      ]),
    )
    .join('');
}

const hasName = (text: string, part: string | undefined): boolean =>
  part === undefined || findServiceName(text).toLowerCase().includes(part.toLowerCase());
