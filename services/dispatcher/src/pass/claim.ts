import type { Store } from '@cyberstroll/store';
import { toRetryIndex } from '../adapters/read-work';
import type { TaskLeases } from '../adapters/task-leases';
import type { HeldTurn } from '../adapters/turn-ahead';
import type { Plan } from '../core/plan-dispatch';

export interface ClaimDeps {
  store: Pick<Store, 'chunks' | 'subTasks'>;
  leases: TaskLeases;
}

/** Until when a retry is said to be on its way, in milliseconds. After that time the recall takes it for lost. */
const RETRY_AGAIN_MS = 30_000;

/**
 * The part of a plan that is ours, written down before any of it is sent: what is limited, where the next sender under
 * its limits sees it; what is sent again, and retries, as sent. After a crash in between, they are recalled as lost.
 * First attempts are written into the ledger as they are sent (`send-chunks.ts`), portion by portion.
 */
export async function claim(
  { store, leases }: ClaimDeps,
  plan: Plan,
  { limited, turn }: { limited: ReadonlySet<string>; turn: HeldTurn | undefined },
  now: Date,
): Promise<Plan> {
  const isLimited = ({ task_id }: { task_id: string }) => limited.has(task_id);
  const named = [...plan.again, ...plan.retries, ...plan.chunks.filter(isLimited)];
  const ours = await leases.hold([...new Set(named.map(({ task_id }) => task_id))]);
  const isOurs = ({ task_id }: { task_id: string }) => ours.has(task_id);
  const own: Plan = {
    again: plan.again.filter(isOurs),
    retries: plan.retries.filter(isOurs),
    chunks: plan.chunks.filter((chunk) => !isLimited(chunk) || isOurs(chunk)),
  };
  if (turn) {
    giveBack(turn, plan, (item) => isLimited(item) && !isOurs(item));
    await turn.commit();
  }
  await Promise.all([
    store.chunks.claimWaiting(own.again, now),
    store.subTasks.markRetriesSent(
      own.retries.flatMap(({ retries }) => retries.map(({ subtask_id }) => subtask_id)),
      new Date(now.getTime() + RETRY_AGAIN_MS),
      now,
    ),
  ]);
  return own;
}

/** What the plan took of the room of limits, and is not sent by us. */
function giveBack({ headroom }: HeldTurn, plan: Plan, is: (item: { task_id: string }) => boolean): void {
  for (const { task_id, first_index, count, postponed } of plan.chunks.filter(is)) {
    if (!postponed) headroom.giveBack(task_id, count, (n) => first_index + n);
  }
  for (const { task_id, indexes } of plan.again.filter(is)) {
    headroom.giveBack(task_id, indexes.length, (n) => indexes[n]!);
  }
  for (const { task_id, retries } of plan.retries.filter(is)) {
    headroom.giveBack(task_id, retries.length, (n) => toRetryIndex(retries[n]!));
  }
}
