import { QUEUES, toJobQueue } from '@cyberstroll/contracts';
import type { Counts } from '@cyberstroll/runtime';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import type { Chunk, DispatchTask } from '@cyberstroll/store';
import { type DepartedChunk, findDeparted } from '../core/find-departed';
import { publishJob } from './publish-job';
import type { SendDeps } from './send-chunks';

export interface ResendOptions {
  settleAfterMs?: number;
  resendAfterMs: number;
  /** How long what was untouched must stay so before it is sent again: a node's first update may be on its way. */
  secondLookMs?: number;
}

const MAX_CHUNKS_PER_TASK = 1_000;
const MAX_LOOKS = 200;
/** With more envelopes waiting for the updaters than this, nobody can say what is untouched. */
const MAX_WAITING_UPDATES = 20;

/**
 * The pass over the ledger of open tasks: chunks of which every subtask has been touched are settled; what the nodes
 * dropped during a pause, and what was lost with a broker, is sent again, and only the untouched of it.
 */
export function createResend(
  deps: SendDeps,
  { settleAfterMs = 5_000, resendAfterMs, secondLookMs = 1_000 }: ResendOptions,
): (now: Date) => Promise<Counts> {
  const { store, broker } = deps;
  /** When an overdue chunk was first seen with something untouched. */
  let suspects = new Map<string, number>();

  return async function resendOnce(now) {
    broker.check();
    const tasks = (await store.tasks.findForDispatch()).filter(({ status }) =>
      DISPATCHABLE_TASK_STATUSES.includes(status),
    );
    const chunks = await Promise.all(
      tasks.map(({ task_id }) =>
        store.chunks.findUnsettled({ task_id, dispatchedBefore: now, limit: MAX_CHUNKS_PER_TASK }),
      ),
    ).then((lists) => lists.flat());
    if (chunks.length === 0) return {};
    const depths = await readDepths(tasks);
    const departed = findDeparted({ tasks, chunks, depths, now }, { settleAfterMs, resendAfterMs }).slice(0, MAX_LOOKS);
    if (departed.length === 0) return {};
    const canJudge = (await broker.queueDepth(QUEUES.stateUpdates.name)) <= MAX_WAITING_UPDATES;
    const taskOf = new Map(tasks.map((task) => [task.task_id, task]));
    const before = suspects;
    suspects = new Map();
    const counts = { settled: 0, resent: 0 };
    for (const each of departed) {
      const untouched = await store.chunks.findUntouched(each.chunk);
      if (untouched.length === 0) {
        await store.chunks.settleChunk(each.chunk);
        counts.settled++;
      } else if (each.overdue && canJudge && isConfirmed(each, before, now)) {
        await resend(taskOf.get(each.chunk.task_id)!, each.chunk, untouched, now);
        counts.resent += untouched.length;
      }
    }
    return counts;
  };

  async function readDepths(tasks: readonly DispatchTask[]): Promise<Map<string, number>> {
    const pools = [...new Set(tasks.map((task) => task.config.pool))];
    return new Map(
      await Promise.all(
        pools.map(async (pool): Promise<[string, number]> => {
          await broker.declareJobQueue(pool);
          return [pool, await broker.queueDepth(toJobQueue(pool).name)];
        }),
      ),
    );
  }

  function isConfirmed({ chunk }: DepartedChunk<Chunk>, before: ReadonlyMap<string, number>, now: Date): boolean {
    const key = `${chunk.task_id}:${chunk.first_index}:${chunk.dispatched_time.getTime()}`;
    const since = before.get(key) ?? now.getTime();
    suspects.set(key, since);
    return now.getTime() - since >= secondLookMs;
  }

  /** Marked once the broker has it: a crash in between sends it twice, which the fence makes harmless. */
  async function resend(task: DispatchTask, chunk: Chunk, untouched: readonly number[], now: Date): Promise<void> {
    await publishJob(deps, task, untouched);
    await store.chunks.markResent(chunk, now);
  }
}
