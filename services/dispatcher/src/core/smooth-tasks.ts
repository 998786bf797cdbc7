/**
 * Tasks whose last chunks went out as planned, so that the ledger has nothing at their cursor or beyond. Any other task
 * is sent carefully: the ledger is read first, because a crash or another replica may have left chunks in it.
 */
export type SmoothTasks = ReadonlySet<string>;

/**
 * The result of a pass for a task: sent as planned, sent in another way or failed, or another replica has its lease.
 */
export type SendOutcome = 'as planned' | 'not as planned' | 'not ours';

/**
 * The smooth tasks after a pass. `known` are the tasks that can be sent out; a pass that plans nothing for a task says
 * nothing new.
 */
export function toSmoothTasks(
  before: SmoothTasks,
  { known, outcomes }: { known: readonly string[]; outcomes: ReadonlyMap<string, SendOutcome> },
): SmoothTasks {
  return new Set(
    known.filter((taskId) => {
      const outcome = outcomes.get(taskId);
      return outcome === undefined ? before.has(taskId) : outcome === 'as planned';
    }),
  );
}
