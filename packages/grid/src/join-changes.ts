import { type Change, isNewer } from './cell';

/**
 * The changes of one subtask, in any order, as few as say the same: two that follow each other are one, from the status
 * that the older one left to the cell of the newer one. So a block has the same sums after them.
 */
export function joinChanges(changes: readonly Change[]): Change[] {
  if (changes.length < 2) return [...changes];
  const joined: Change[] = [];
  for (const change of [...changes].sort((a, b) => Number(isNewer(a, b)) - Number(isNewer(b, a)))) {
    const last = joined.at(-1);
    const follows = last?.previous_status !== undefined && last.status === change.previous_status;
    if (follows) joined[joined.length - 1] = { ...change, previous_status: last.previous_status };
    else joined.push(change);
  }
  return joined;
}
