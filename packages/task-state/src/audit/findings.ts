import {
  countClosed,
  countOpen,
  type SubTask,
  type Task,
  type TouchedCounts,
  toBuckets,
  toSentence,
} from '@cyberstroll/contracts';
import { isEndedTask } from '@cyberstroll/state-machine';
import { toProgress } from '../counters/progress';
import { decideTaskTransitions } from '../task/roll-up-transitions';

/** An open subtask that nobody works on. */
export type StrandedSubTask = Pick<SubTask, 'task_id' | 'subtask_id' | 'ip' | 'status' | 'attempt' | 'lease_id'>;

export const FINDING_NAMES = [
  /** The counters do not match the subtasks. */
  'counter_drift',
  /** Every subtask is closed, or too many failed, and the task is still open. */
  'task_not_ended',
  /** The task has ended and is settled, and has open subtasks. */
  'open_in_ended_task',
  /** The task does not show what its counters say. */
  'progress_lag',
  /** Subtasks that were sent, that no node touched, and that are missing in the dispatch ledger. */
  'missing_targets',
  /** Open subtasks that nobody works on. */
  'stranded_subtasks',
  'orphan_subtasks',
  'orphan_progress',
  'orphan_chunks',
] as const;
export type FindingName = (typeof FINDING_NAMES)[number];

export interface AuditFinding {
  finding: FindingName;
  task_id: string;
  /** A text with the numbers. */
  reason: string;
  /** If a later check finds the same mark, nothing has changed since. */
  mark: string;
  /** Such a finding occurs for a moment in any run. It counts only if it is found again with the same mark. */
  lasting: boolean;
}

/** A task, its counters and its subtasks as they stood at one moment. */
export interface AuditFacts {
  task: Pick<
    Task,
    | 'task_id'
    | 'status'
    | 'settled'
    | 'rev'
    | 'progress'
    | 'progress_seq'
    | 'cursor'
    | 'error_info'
    | 'end_hold'
    | 'accepted_failures'
    | 'retry_all'
  >;
  total: number;
  /** What the counters say. */
  counted: TouchedCounts;
  /** The `seq` of the counters alone. */
  seq: number;
  /** How many failed subtasks were retried, by the counters. */
  reopened: number;
  /** What the documents say. Undefined if they were not counted. */
  recounted: TouchedCounts | undefined;
  /** How many of the counted documents are PENDING. */
  pendingDocuments: number;
  /** For an open task: its stranded subtasks, up to the number that is reported. */
  stranded: readonly StrandedSubTask[];
  /** The dispatch ledger has a chunk of this task that the dispatcher still looks after. */
  hasUnsettledChunk: boolean;
  now: Date;
}

/** The findings: facts that are impossible, or impossible for long. A correct task has no findings. */
export function findInconsistencies(facts: AuditFacts): AuditFinding[] {
  const { task, total, counted, seq, reopened, recounted, pendingDocuments, stranded, hasUnsettledChunk, now } = facts;
  const actual = recounted ?? counted;
  const touched = countOpen(actual) + countClosed(actual);
  const current = seq + task.rev;
  const findings: AuditFinding[] = [];
  const add = (finding: AuditFinding['finding'], reason: string) =>
    findings.push({ finding, task_id: task.task_id, reason, mark: String(seq), lasting: false });
  const addLasting = (finding: AuditFinding['finding'], mark: number | string, reason: string) =>
    findings.push({ finding, task_id: task.task_id, reason, mark: String(mark), lasting: true });

  const drift = describeDrift(facts);
  if (drift) add('counter_drift', drift);
  if (drift && !recounted) return findings;
  if (isEndedTask(task.status)) {
    const open = countOpen(actual) + pendingDocuments;
    if (task.settled && open > 0) add('open_in_ended_task', toSentence('settled_with_open', { subtasks: open }));
  } else {
    const end = decideTaskTransitions({ task, total, touched: actual, reopened, now }).find(({ status }) =>
      isEndedTask(status),
    );
    if (end)
      addLasting(
        'task_not_ended',
        current,
        toSentence('should_be', { status: task.status, right: end.status, because: end.reason }),
      );
    const isSentOut = task.cursor >= total && !hasUnsettledChunk && countOpen(actual) === 0;
    const missing = total - touched - pendingDocuments;
    if (isSentOut && missing > 0 && !end) {
      addLasting('missing_targets', current, toSentence('missing_targets', { targets: missing }));
    }
  }
  const [first] = stranded;
  if (first) addLasting('stranded_subtasks', `${first.subtask_id} ${first.attempt}`, describeStranded(stranded));
  if (!drift && task.progress_seq < current && !showsCounters(facts)) {
    addLasting(
      'progress_lag',
      task.progress_seq,
      toSentence('progress_lag', { shown: task.progress_seq, counted: current }),
    );
  }
  return findings;
}

/** A revision that rose without a roll-up is no fault where the progress is right, as it is. */
function showsCounters({ task, total, counted }: AuditFacts): boolean {
  const right = toBuckets(toProgress(total, counted, isEndedTask(task.status)));
  return Object.entries(right).every(([bucket, count]) => task.progress[bucket as keyof typeof right] === count);
}

/** The drift as a text. Undefined if the counters are right, as far as this is known without a recount. */
function describeDrift({ task, total, counted, seq, recounted }: AuditFacts): string | undefined {
  const parts: string[] = [];
  if (recounted) {
    for (const bucket of BUCKETS) {
      if (counted[bucket] !== recounted[bucket]) {
        parts.push(toSentence('counter_is', { bucket, counted: counted[bucket], right: recounted[bucket] }));
      }
    }
  } else {
    for (const bucket of BUCKETS)
      if (counted[bucket] < 0) parts.push(toSentence('counter_below_zero', { bucket, counted: counted[bucket] }));
    const sum = countOpen(counted) + countClosed(counted);
    if (sum > total) parts.push(toSentence('counted_too_many', { counted: sum, total }));
  }
  const shownSeq = seq + task.rev;
  if (shownSeq < task.progress_seq)
    parts.push(toSentence('seq_went_back', { seq: shownSeq, shown: task.progress_seq }));
  return parts.length > 0 ? parts.join('; ') : undefined;
}

const SAMPLE = 3;

function describeStranded(stranded: readonly StrandedSubTask[]): string {
  const some = stranded.slice(0, SAMPLE).map(({ subtask_id, status }) => `${subtask_id} ${status}`);
  return toSentence('without_node', { subtasks: stranded.length, examples: some.join(', ') });
}

const BUCKETS = [
  'assigned_count',
  'scanning_count',
  'completed_count',
  'failed_count',
  'timeout_count',
  'retry_count',
  'cancelled_count',
] as const satisfies readonly (keyof TouchedCounts)[];

/**
 * The `$inc` that makes the counters match the documents. `seq` rises above every `seq` that was shown before.
 * Otherwise the snapshot that was shown would never be replaced.
 */
export function toCorrection({ task, counted, seq, recounted }: AuditFacts): Record<string, number> {
  const shown = task.progress_seq - (seq + task.rev);
  const increments: Record<string, number> = { seq: Math.max(0, shown) + 1 };
  for (const bucket of BUCKETS) {
    const difference = (recounted ?? counted)[bucket] - counted[bucket];
    if (difference !== 0) increments[`counts.${bucket}`] = difference;
  }
  return increments;
}
