import type { SubTask } from '@cyberstroll/client';
import type { SubTaskStatus } from '@cyberstroll/state-machine';

type Entry = SubTask['status_history'][number];

/** One dispatch of a subtask, as its history has it. */
export interface Attempt {
  number: number;
  /** Where it is, or how it ended. */
  status: SubTaskStatus;
  /** Who scanned it; undefined before a node has it. */
  node: string | undefined;
  entries: readonly Entry[];
  /** When its scan began and ended. */
  started: string | undefined;
  ended: string | undefined;
  /** Of the scan. */
  seconds: number | undefined;
  /** Entries of the history that are not shown one by one, because it is long. */
  folded: number;
}

const ENDS: readonly SubTaskStatus[] = ['COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED'];

/** The attempts of a subtask, the newest first. */
export function toAttempts({ status_history: history, attempt: present, assigned_node }: SubTask): Attempt[] {
  const numbers = [...new Set(history.map(({ attempt }) => attempt))].sort((a, b) => b - a);
  return numbers.map((number) => {
    const entries = history.filter(({ attempt }) => attempt === number);
    const scan = entries.find(({ status }) => status === 'SCANNING');
    const end = entries.findLast(({ status }) => ENDS.includes(status));
    const claim = scan ?? entries.find(({ status }) => status === 'ASSIGNED');
    const seconds = scan && end && (Date.parse(end.timestamp) - Date.parse(scan.timestamp)) / 1_000;
    return {
      number,
      status: (entries.at(-1) as Entry).status,
      node: (number === present ? assigned_node : undefined) ?? claim?.operator,
      entries,
      started: scan?.timestamp,
      ended: end?.timestamp,
      seconds,
      folded: entries.reduce((sum, { folded = 0 }) => sum + folded, 0),
    };
  });
}
