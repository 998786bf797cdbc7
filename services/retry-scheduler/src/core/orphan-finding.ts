import { DAY_MS, toSentence } from '@cyberstroll/contracts';
import type { AuditFinding } from '@cyberstroll/task-state';

/** Documents of a task that does not exist. */
export interface FoundOrphans {
  kind: 'orphan_subtasks' | 'orphan_progress' | 'orphan_chunks';
  task_id: string;
  count: number;
  /** A few of their ids. */
  sample: readonly string[];
}

/**
 * The finding about orphans, and whether to delete them. If their task is old enough to have been cleaned up, they are
 * left from that and are deleted. If it is younger, somebody deleted it by hand and may want the rest. The first 4
 * bytes of a task's id are its creation time in seconds.
 */
export function toOrphanFinding(
  { kind, task_id, count, sample }: FoundOrphans,
  expireDays: number,
  now: Date,
): { finding: AuditFinding; isDeleted: boolean } {
  const createdMs = Number.parseInt(task_id.slice(0, 8), 16) * 1_000;
  const isDeleted = createdMs <= now.getTime() - expireDays * DAY_MS;
  const examples = sample.length > 0 ? ` (${sample.join(', ')})` : '';
  const outcome = isDeleted ? 'deleted' : 'kept';
  return {
    isDeleted,
    finding: {
      finding: kind,
      task_id,
      reason: toSentence(isDeleted ? 'orphans_deleted' : 'orphans_kept', { documents: count, examples }),
      mark: outcome,
      lasting: false,
    },
  };
}
