import { parseSubTaskId, type SubTask } from '@cyberstroll/contracts';
import { isRestingSubTask } from '@cyberstroll/state-machine';
import type { Evidence, LedgerUpdate, TaskDump, Violation } from './evidence';

/** What the monitor says of what a node took and speaks of no more. */
const FORGOTTEN = 'its node no longer lists it';

/**
 * I5: what the broker confirmed is in the document, dead-lettered, or overtaken by another attempt, lease or end; so is what
 * it took in of the fleet. I6: what is lost, and waits for no ack any more, was acked without having been committed; a
 * delivery that was not would be there still, or have come again. I7: a document that a recording node completed stands
 * under a lease that the node reported COMPLETED.
 */
export function checkAccounting({ tasks, deadLetters, ledger, accepted = [], unackedUpdates }: Evidence): Violation[] {
  const dumps = new Map(tasks.map((dump) => [dump.task.task_id, dump]));
  const documents = new Map(tasks.flatMap(({ subTasks }) => subTasks.map((one) => [one.subtask_id, one] as const)));
  const letters = deadLetters.join('\n');
  const violations: Violation[] = [];
  const completions = new Set<string>();
  const recorders = new Set<string>();
  const foundLost = (where: string, what: string) => {
    violations.push({ invariant: 'I5', where, what: `lost: ${what}` });
    if (unackedUpdates === 0) violations.push({ invariant: 'I6', where, what: 'acked, and neither applied nor kept' });
  };

  for (const entry of ledger) {
    if (entry.kind === 'poison' && entry.confirmed && !letters.includes(entry.marker)) {
      foundLost(entry.marker, 'poison that was confirmed is no dead letter');
    }
    if (entry.kind !== 'update') continue;
    recorders.add(entry.node_id);
    if (entry.status === 'COMPLETED') completions.add(toClaim(entry));
    const dump = dumps.get(parseSubTaskId(entry.subtask_id)?.taskId ?? '');
    const document = documents.get(entry.subtask_id);
    if (dump && entry.confirmed && isLost(entry, document, dump) && !letters.includes(entry.lease_id)) {
      const found = document?.status ?? 'missing';
      foundLost(
        entry.subtask_id,
        `${entry.status} of attempt ${entry.attempt} was confirmed, the document is ${found}`,
      );
    }
  }
  for (const entry of accepted) {
    const document = documents.get(entry.subtask_id);
    if (!document || recorders.has(entry.node_id) || letters.includes(entry.lease_id)) continue;
    const dump = dumps.get(document.task_id)!;
    const found = isLost(entry, document, dump) ? document.status : findGivenUp(entry, document);
    if (found)
      foundLost(entry.subtask_id, `${entry.status} of attempt ${entry.attempt} was taken in, and then: ${found}`);
  }
  for (const { subtask_id, status, attempt, lease_id = '', assigned_node = '' } of documents.values()) {
    if (status !== 'COMPLETED' || !recorders.has(assigned_node)) continue;
    if (completions.has(toClaim({ node_id: assigned_node, subtask_id, attempt, lease_id }))) continue;
    violations.push({ invariant: 'I7', where: subtask_id, what: `completed under ${lease_id}, which nobody reported` });
  }
  return violations;
}

const toClaim = ({
  node_id,
  subtask_id,
  attempt,
  lease_id,
}: Pick<LedgerUpdate, 'node_id' | 'subtask_id' | 'attempt' | 'lease_id'>) =>
  `${node_id} ${subtask_id} ${attempt} ${lease_id}`;

function isLost(entry: LedgerUpdate, document: SubTask | undefined, { task }: TaskDump): boolean {
  if (!document) return !['CANCELLED', 'FAILED', 'TIMEOUT'].includes(task.status);
  if (document.attempt !== entry.attempt) return document.attempt < entry.attempt;
  if (document.lease_id === undefined) return !isRestingSubTask(document.status);
  if (document.lease_id !== entry.lease_id) return false;
  return entry.status === 'COMPLETED' && !isRestingSubTask(document.status);
}

/**
 * What was taken in as done, and given up long after because nobody spoke of it any more: the system scanned it again, and
 * the end is right; what its node had said is lost all the same.
 */
const findGivenUp = ({ attempt, status, node_id }: LedgerUpdate, { status_history }: SubTask): string | undefined =>
  status === 'COMPLETED'
    ? status_history.find((entry) => entry.attempt === attempt && entry.reason === `node ${node_id}: ${FORGOTTEN}`)
        ?.reason
    : undefined;
