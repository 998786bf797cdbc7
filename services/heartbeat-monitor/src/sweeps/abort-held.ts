import { type Publisher, type ServiceUpdateSender, sendLostLeases } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { toAbortedUpdates } from '@cyberstroll/task-state';

/** Tasks of one query, and of their subtasks those that a pass aborts at most. */
const TASKS_AT_ONCE = 1_000;
const MAX_SUBTASKS = 20_000;

/**
 * Aborts what is under scan of tasks whose hold aborts: fails each attempt, at no retry, and sends its lease to the
 * nodes as lost. It looks again and again, because a claim may be on its way when the hold begins. Resolves with
 * undefined if no task has such a hold.
 *
 * The leases go out only when RabbitMQ has confirmed the updates: what a node drops is failed for certain, and does
 * not become a zombie. They do not wait until the updates are applied, so aborting is fast even while the updaters are
 * behind.
 */
export async function abortHeldOnce(
  {
    store,
    updates,
    publisher,
  }: { store: Pick<Store, 'holds' | 'subTasks'>; updates: ServiceUpdateSender; publisher: Publisher },
  now: Date,
): Promise<Counts | undefined> {
  let aborted: number | undefined;
  for (let after: string | undefined, isLast = false; !isLast; ) {
    const tasks = await store.holds.findAborting({ after, limit: TASKS_AT_ONCE });
    isLast = tasks.length < TASKS_AT_ONCE;
    if (tasks.length === 0) break;
    after = tasks.at(-1)!.task_id;
    const holds = new Map(tasks.map(({ task_id, hold }) => [task_id, hold]));
    const found = await store.subTasks.findUnderScan([...holds.keys()], MAX_SUBTASKS);
    const held = found.map((subTask) => ({ ...subTask, hold: holds.get(subTask.task_id)! }));
    const sent = await updates.send(toAbortedUpdates(held, now), now);
    aborted = (aborted ?? 0) + sent;
    const leases = found.flatMap(({ lease_id }) => lease_id ?? []);
    if (sent > 0) sendLostLeases(publisher, leases);
  }
  return aborted === undefined ? undefined : { aborted };
}
