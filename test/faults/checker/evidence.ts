import type { ProgressUpdate, SubTask, Task, TouchedCounts } from '@cyberstroll/contracts';

/** One update as its publisher saw it: attempted when it was handed over, confirmed when the broker said so. */
export interface LedgerUpdate {
  kind: 'update';
  node_id: string;
  subtask_id: string;
  attempt: number;
  lease_id: string;
  status: string;
  confirmed: boolean;
}

/** A message that nobody can apply, recognisable by its marker. */
export interface LedgerPoison {
  kind: 'poison';
  marker: string;
  confirmed: boolean;
}

/** One progress frame; `connection` is new with each WebSocket. */
export interface LedgerFrame {
  kind: 'frame';
  connection: string;
  update: ProgressUpdate;
}

export type LedgerEntry = LedgerUpdate | LedgerPoison | LedgerFrame;

/** A task at rest or not, with everything of it, as of one moment. */
export interface TaskDump {
  task: Omit<Task, 'target_segments'>;
  /** What the target set counts to. */
  total: number;
  /** The sum of the counter shards. */
  counters: TouchedCounts;
  /** Every document; the untouched have none. */
  subTasks: SubTask[];
}

export interface Evidence {
  tasks: TaskDump[];
  /** Each dead letter whole, as JSON. */
  deadLetters: string[];
  ledger: LedgerEntry[];
  /** WebSockets that were open, and read, when the dump was made: their last frame must be the end. */
  openConnections: string[];
}

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I7' | 'I10' | 'I12';

export interface Violation {
  invariant: Invariant;
  /** The task, subtask or connection. */
  where: string;
  what: string;
}
