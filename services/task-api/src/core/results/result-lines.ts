import { FINDING_COLUMNS, type Finding, RESULT_COLUMNS, type Result } from '@cyberstroll/contracts';
import { toCsvRow } from './csv';
import { findMatchingPorts, type PortFilter } from './matching-ports';

export const toNdjsonLine = (value: object): string => `${JSON.stringify(value)}\n`;

export const CSV_HEADER = toCsvRow(RESULT_COLUMNS);

export const FINDING_CSV_HEADER = toCsvRow(FINDING_COLUMNS);

export const toFindingCsvRow = ({ data, completed_time, assigned_node: node, ...finding }: Finding): string => {
  const row: Partial<Record<string, string | number>> = {
    ...finding,
    ...(data && { data: JSON.stringify(data) }),
    completed_time: completed_time.toISOString(),
    ...(node !== undefined && { node }),
  };
  return toCsvRow(FINDING_COLUMNS.map((column) => row[column] ?? ''));
};

/** One row per open port that matches. */
export const toCsvRows = (result: Result, filter: PortFilter = {}): string =>
  findMatchingPorts(result, filter)
    .map(({ port, protocol, text }) =>
      toCsvRow([
        result.task_id,
        result.subtask_id,
        result.ip,
        port,
        protocol,
        text,
        result.completed_time.toISOString(),
        result.assigned_node ?? '',
      ]),
    )
    .join('');
