import type { Host, ProgressUpdate, SubTask, Task, TouchedCounts } from '@cyberstroll/contracts';

/** One update that a node or a service handed to its publisher. */
export interface LedgerUpdate {
  kind: 'update';
  /** Not set for a service. */
  node_id: string | undefined;
  subtask_id: string;
  attempt: number;
  lease_id: string | undefined;
  status: string;
  /** When its scan started and ended, as far as the sender knew, in milliseconds since 1970 on its own clock. */
  started_time?: number;
  completed_time?: number;
  /** By the broker, as its publisher heard. */
  confirmed: boolean;
  /**
   * Whether the broker took it in, heard of or not; known where a copy of that was kept: a message for one queue was
   * for both.
   */
  taken?: boolean;
}

/** A message that nobody can apply, recognisable by its marker. */
export interface LedgerPoison {
  kind: 'poison';
  marker: string;
  confirmed: boolean;
}

/**
 * What a dead letter may hold because a test forged it, or drove the system into it. Dead letters with no such marker
 * must not be.
 */
export interface LedgerForgery {
  kind: 'forgery';
  marker: string;
}

/** One progress frame; `connection` is new with each WebSocket, `subscriber` stays when one connects again. */
export interface LedgerFrame {
  kind: 'frame';
  subscriber: string;
  connection: string;
  update: ProgressUpdate;
  /** Milliseconds since 1970. */
  received_at: number;
}

/** How much a process, a channel, an outbox or a WebSocket was seen to hold, and may. */
export interface LedgerSample {
  kind: 'sample';
  what: 'rss_mb' | 'unacked' | 'outbox_ratio' | 'socket_bytes';
  where: string;
  value: number;
  limit: number;
}

export type LedgerEntry = LedgerUpdate | LedgerPoison | LedgerForgery | LedgerFrame | LedgerSample;

/** A stretch of consecutive indexes that was sent out, until it is settled. */
export interface ChunkDump {
  first_index: number;
  count: number;
  settled: boolean;
}

/** What the audit reported of a task, and corrected. */
export interface AuditFinding {
  task_id: string;
  summary: string;
}

/** A task, settled or not, with everything of it, as of one moment. */
export interface TaskDump {
  task: Task;
  /** What the target set counts to. */
  total: number;
  /** The sum of the updaters' counters, without what an audit has put right of them. */
  counters: TouchedCounts;
  chunks: ChunkDump[];
  /** Every document; the untouched have none. */
  subTasks: SubTask[];
}

/** Tasks that one limit covers, and its numbers. */
export interface LimitedTasks {
  task_ids: readonly string[];
  max_concurrent: number;
  max_starts_per_second: number;
}

/** Tasks that rules covered while they were scanned. Times are milliseconds since 1970. */
export interface RuledTasks {
  task_ids: readonly string[];
  /** In force from `since` to `until`. */
  rules: readonly { name: string; addresses: readonly string[]; since: number; until: number }[];
  /** What listeners accepted, and when its node decided to open it. */
  connections: readonly { address: string; begun: number }[];
  /** By task: how many of its addresses an exclusion took out. */
  excluded: Readonly<Record<string, number>>;
  /** Planned times of schedules, and how many tasks each has. */
  planned: readonly { time: Date; tasks: number }[];
}

/** A completed subtask, with the ports of its task. */
export type ScanDump = Required<Pick<SubTask, 'ip' | 'completed_time' | 'updated_time'>> & {
  open_ports: readonly number[];
  ports: string;
};

/** The inventory, and what it is to be made of: every completed subtask of the database. */
export interface InventoryDump {
  /** Batches that it does not have yet. */
  waiting: number;
  /** With how often each has appeared, by the changes. */
  hosts: (Pick<Host, 'ip' | 'services'> & { appeared: number })[];
  scans: ScanDump[];
}

export interface Evidence {
  tasks: TaskDump[];
  /** Each dead letter whole, as JSON. */
  deadLetters: string[];
  ledger: LedgerEntry[];
  auditFindings: AuditFinding[];
  /**
   * WebSockets that were open, and read, when the dump was made: their last frame must be the end. Each task has one.
   */
  openConnections: string[];
  /** Updates that still waited for an ack, in the queue or with an updater, when the dump was made. */
  unackedUpdates: number;
  /** By task: the ports that are really open on each of its addresses, where a real scanner looks at real listeners. */
  openPorts?: Readonly<Record<string, readonly number[]>>;
  /** What a limit covers, if there was one. */
  limited?: LimitedTasks;
  /** What rules covered, if there were any. */
  ruled?: RuledTasks;
  /** Read once it has all, or after a minute. */
  inventory?: InventoryDump;
  /** The tasks as they were at some moments of the run. */
  midway?: TaskDump[];
  /** The tasks after all updates of the run were sent once more, several times, in any order. */
  replayed?: TaskDump[];
  /**
   * From the end of the last fault to the dump, in milliseconds since 1970; without it, all had the time that they may
   * take.
   */
  calm?: { since: number; until: number };
  /** Whether the promises in seconds are checked too: they depend on the machine. */
  isTimed?: boolean;
}

export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  | 'I11'
  | 'I12'
  | 'I13'
  | 'I14'
  | 'I16'
  | 'I17'
  | 'I21'
  | 'I22'
  | 'I23';

export interface Violation {
  invariant: Invariant;
  /** The task, subtask or connection. */
  where: string;
  what: string;
}
