import { parseSubTaskId, type SubTask } from '@cyberstroll/contracts';
import { isClosedSubTask } from '@cyberstroll/state-machine';
import type { Evidence, LedgerUpdate, TaskDump, Violation } from './evidence';

/** What the monitor says of what a node took and speaks of no more. */
const NOT_LISTED = 'its node no longer lists it';

/**
 * I5: the broker has what it confirmed, and what it confirmed or took in is in the document, dead-lettered, or
 * overtaken by another attempt, lease or end. I6: an update that is lost and no longer waits for an ack was acked
 * before it was committed; without that ack it would still be there, or be delivered again. I7: a completed document
 * has a lease that its node reported COMPLETED.
 */
export function checkAccounting({ tasks, deadLetters, ledger, unackedUpdates }: Evidence): Violation[] {
  const dumps = new Map(tasks.map((dump) => [dump.task.task_id, dump]));
  const documents = new Map(tasks.flatMap(({ subTasks }) => subTasks.map((one) => [one.subtask_id, one] as const)));
  const kept = deadLetters.join('\n');
  const violations: Violation[] = [];
  const completions = new Set<string>();
  const foundLost = (where: string, what: string) => {
    violations.push({ invariant: 'I5', where, what: `lost: ${what}` });
    if (unackedUpdates === 0) violations.push({ invariant: 'I6', where, what: 'acked, and neither applied nor kept' });
  };

  for (const entry of ledger) {
    if (entry.kind === 'poison' && entry.confirmed && !kept.includes(entry.marker)) {
      foundLost(entry.marker, 'poison that was confirmed is no dead letter');
    }
    if (entry.kind !== 'update') continue;
    if (entry.status === 'COMPLETED') completions.add(toClaim(entry.node_id, entry));
    const dump = dumps.get(parseSubTaskId(entry.subtask_id)?.taskId ?? '');
    const loss = dump && findLoss(entry, documents.get(entry.subtask_id), dump);
    if (!loss || (entry.lease_id && kept.includes(entry.lease_id))) continue;
    foundLost(entry.subtask_id, `${entry.status} of attempt ${entry.attempt}: ${loss}`);
  }
  for (const document of documents.values()) {
    const { status, subtask_id, lease_id, assigned_node } = document;
    if (status !== 'COMPLETED' || completions.has(toClaim(assigned_node, document))) continue;
    violations.push({ invariant: 'I7', where: subtask_id, what: `completed under ${lease_id}, which nobody reported` });
  }
  return violations;
}

const toClaim = (nodeId: string | undefined, claim: Pick<SubTask, 'subtask_id' | 'attempt' | 'lease_id'>) =>
  `${nodeId} ${claim.subtask_id} ${claim.attempt} ${claim.lease_id}`;

/**
 * What became of an update instead of what must; nothing where that is as it should be, or nobody was promised
 * anything.
 */
function findLoss(entry: LedgerUpdate, document: SubTask | undefined, dump: TaskDump): string | undefined {
  if (entry.confirmed && entry.taken === false) return 'it was confirmed, and the broker does not have it';
  // What a service publishes may be overtaken by what a node has done.
  if (entry.node_id === undefined || !(entry.confirmed || entry.taken)) return undefined;
  if (isLost(entry, document, dump)) return `it was confirmed, the document is ${document?.status ?? 'missing'}`;
  return entry.taken && document ? findGivenUp(entry, document) : undefined;
}

function isLost(entry: LedgerUpdate, document: SubTask | undefined, { task }: TaskDump): boolean {
  if (!document) return !['CANCELLED', 'FAILED', 'TIMEOUT'].includes(task.status);
  if (document.attempt !== entry.attempt) return document.attempt < entry.attempt;
  if (document.lease_id === undefined) return !isClosedSubTask(document.status);
  if (document.lease_id !== entry.lease_id) return false;
  return entry.status === 'COMPLETED' && !isClosedSubTask(document.status);
}

/**
 * What was taken in as done, and given up long after because nobody spoke of it any more: the system scanned it again,
 * and the end is right; what its node had said is lost all the same.
 */
const findGivenUp = ({ attempt, status, node_id }: LedgerUpdate, { status_history }: SubTask): string | undefined =>
  status === 'COMPLETED'
    ? status_history.find((entry) => entry.attempt === attempt && entry.reason === `node ${node_id}: ${NOT_LISTED}`)
        ?.reason
    : undefined;
