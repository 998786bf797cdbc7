import type { SubTaskTransition } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';
import { isClosedSubTask } from '@cyberstroll/state-machine';
import type { SubTaskGroup } from './batch-groups';

/** Open subtasks that are remembered: about 100 bytes each. */
const MAX_OPEN = 100_000;
/** After a wrong guess, everything is read for this long: what another writer left open is reported now. */
const READ_ALL_MS = 10_000;

/**
 * Guesses which subtasks have no document yet. MongoDB looks in vain for each of them, which costs it half as much as
 * the insert. The guess is: a node reports a first attempt, and this writer remembers no open document of it. It is
 * wrong after a restart, and where another writer had the claim. An insert is refused if there is a document, so a
 * wrong guess costs one more run of the batch, and never a wrong state.
 */
export function createUntouchedGuess() {
  const open = new BoundedMap<string, true>(MAX_OPEN);
  let readAllUntil = Number.NEGATIVE_INFINITY;

  return {
    isUntouched: ({ subTaskId, updates }: Pick<SubTaskGroup, 'subTaskId' | 'updates'>): boolean =>
      performance.now() >= readAllUntil &&
      !open.has(subTaskId) &&
      updates.every(({ sender, update }) => sender.node_id !== undefined && update.attempt === 1),
    /** Remembers what was written: the transitions of each subtask together, in order. */
    note(transitions: readonly Pick<SubTaskTransition, 'subtask_id' | 'status'>[]): void {
      transitions.forEach(({ subtask_id, status }, i) => {
        if (transitions[i + 1]?.subtask_id === subtask_id) return;
        if (isClosedSubTask(status)) open.delete(subtask_id);
        else open.set(subtask_id, true);
      });
    },
    noteWrong(): void {
      readAllUntil = performance.now() + READ_ALL_MS;
    },
  };
}
