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
  /** Milliseconds since 1970. */
  received_at?: number;
}

/** How much a process or a channel was seen to hold, and may. */
export interface LedgerSample {
  kind: 'sample';
  what: 'rss_mb' | 'unacked';
  where: string;
  value: number;
  limit: number;
}

export type LedgerEntry = LedgerUpdate | LedgerPoison | LedgerFrame | LedgerSample;

/** A stretch of consecutive indexes that was sent out, until it is settled. */
export interface ChunkDump {
  first_index: number;
  count: number;
  settled: boolean;
}

/** A task at rest or not, with everything of it, as of one moment. */
export interface TaskDump {
  task: Omit<Task, 'target_segments'>;
  /** What the target set counts to. */
  total: number;
  /** The sum of the counter shards. */
  counters: TouchedCounts;
  /** Read after the task and before the documents. */
  chunks: ChunkDump[];
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
  /** Updates that still waited for an ack, in the queue or with an updater, when the dump was made. */
  unackedUpdates: number;
  /** The tasks as they were at some moment of the run: who holds what is on its way. */
  midway?: TaskDump[];
  /** The tasks after all updates of the run were sent once more, several times, in any order. */
  replayed?: TaskDump[];
  /** From the end of the last fault to the dump, in milliseconds since 1970. */
  calm?: { since: number; until: number };
}

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12';

export interface Violation {
  invariant: Invariant;
  /** The task, subtask or connection. */
  where: string;
  what: string;
}
