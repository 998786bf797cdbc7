import { QUEUES, toJobQueue } from '@cyberstroll/contracts';
import type { Counts } from '@cyberstroll/runtime';
import { DISPATCHABLE_TASK_STATUSES } from '@cyberstroll/state-machine';
import { type Chunk, createTaskRound, type UnsettledTask } from '@cyberstroll/store';
import { type DepartedChunk, findDeparted } from '../core/find-departed';
import { publishJob } from './publish-job';
import type { SendDeps } from './send-chunks';

export interface ResendOptions {
  settleAfterMs?: number;
  resendAfterMs: number;
  /** How long what was untouched must stay so before it is sent again: a node's first update may be on its way. */
  secondLookMs?: number;
  /** Tasks that one pass looks at. */
  page?: number;
}

const MAX_CHUNKS_PER_TASK = 1_000;
const MAX_LOOKS = 200;
/** After so long without a look at it, what was suspected is no suspect any more. */
const FORGET_MS = 60_000;
/** With more envelopes waiting for the updaters than this, nobody can say what is untouched. */
const MAX_WAITING_UPDATES = 20;

/**
 * The pass over the ledger of open tasks: chunks of which every subtask has been touched are settled; what the nodes
 * dropped during a pause, and what was lost with a broker, is sent again, and only the untouched of it.
 */
export function createResend(
  deps: SendDeps,
  { settleAfterMs = 5_000, resendAfterMs, secondLookMs = 1_000, page }: ResendOptions,
): (now: Date) => Promise<Counts> {
  const { store, broker } = deps;
  const nextOpen = createTaskRound(store, 'open', page);
  /** When an overdue chunk was first seen with something untouched, and last. */
  const suspects = new Map<string, { since: number; seen: number }>();

  return async function resendOnce(now) {
    broker.check();
    for (const [key, { seen }] of suspects) if (now.getTime() - seen > FORGET_MS) suspects.delete(key);
    const tasks = (await nextOpen()).filter(
      ({ status, cursor }) => DISPATCHABLE_TASK_STATUSES.includes(status) && cursor > 0,
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
    const counts = { settled: 0, resent: 0 };
    for (const each of departed) {
      const untouched = await store.chunks.findUntouched(each.chunk);
      if (untouched.length === 0) {
        await store.chunks.settleChunk(each.chunk);
        counts.settled++;
      } else if (each.overdue && canJudge && isConfirmed(each, now)) {
        await resend(taskOf.get(each.chunk.task_id)!, each.chunk, untouched, now);
        counts.resent += untouched.length;
      }
    }
    return counts;
  };

  async function readDepths(tasks: readonly UnsettledTask[]): Promise<Map<string, number>> {
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

  function isConfirmed({ chunk }: DepartedChunk<Chunk>, now: Date): boolean {
    const key = `${chunk.task_id}:${chunk.first_index}:${chunk.dispatched_time.getTime()}`;
    const seen = now.getTime();
    const since = suspects.get(key)?.since ?? seen;
    suspects.set(key, { since, seen });
    return seen - since >= secondLookMs;
  }

  /** Marked once the broker has it: a crash in between sends it twice, which the fence makes harmless. */
  async function resend(task: UnsettledTask, chunk: Chunk, untouched: readonly number[], now: Date): Promise<void> {
    await publishJob(deps, task, untouched);
    await store.chunks.markResent(chunk, now);
  }
}
