import { RESULT_COLUMNS, type Result } from '@cyberstroll/contracts';
import { toCsvRow } from './csv';
import { findMatchingPorts, type PortFilter } from './matching-ports';

export const toNdjsonLine = (value: object): string => `${JSON.stringify(value)}\n`;

export const CSV_HEADER = toCsvRow(RESULT_COLUMNS);

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
