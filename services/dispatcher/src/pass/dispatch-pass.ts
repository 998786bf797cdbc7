/**
 * One pass of the one sender: read → gate → plan → claim → send → remember. First attempts, retries and what is sent
 * again go this way, and no other service sends work. What a pass leaves for the next is one value (`memory.ts`).
 */
import { groupBy, toSentence } from '@cyberstroll/contracts';
import { createExclusionWatch, type ExclusionWatch, type LimitTurns } from '@cyberstroll/coordination';
import { publishTaskChange } from '@cyberstroll/messaging';
import { type Counts, type Logger, logFailure } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';
import { TargetError } from '@cyberstroll/targets';
import { type PlanHeadroom, toNoHeadroom } from '@cyberstroll/task-state';
import { createWorkReader } from '../adapters/read-work';
import type { SendDeps, TaskSent } from '../adapters/send-chunks';
import type { TaskLeases } from '../adapters/task-leases';
import { createTaskScan, type TaskScanOptions } from '../adapters/task-scan';
import { createTurnAhead, type HeldTurn } from '../adapters/turn-ahead';
import { planDispatch } from '../core/plan-dispatch';
import { OPERATOR } from '../operator';
import { claim } from './claim';
import { FIRST_MEMORY, type PassMemory } from './memory';
import { createPassReader, type PassTask } from './read';
import { remember } from './remember';
import { send } from './send';

export interface DispatchDeps extends Omit<SendDeps, 'exclusions'> {
  store: Pick<Store, 'tasks' | 'subTasks' | 'chunks' | 'nodes' | 'exclusions' | 'freezes' | 'isIndexed'>;
  exclusions?: ExclusionWatch;
  leases: TaskLeases;
  limits: LimitTurns;
  logger: Logger;
}

/** CREATED tasks that one pass takes up. */
const MAX_TAKEN_UP = 500;
/** After this many passes in a row that had nothing to send, the windows are full: scans are slow. */
const PASSES_WHILE_FULL = 4;

export function createDispatch(given: DispatchDeps, options?: TaskScanOptions & { workMs?: number }) {
  const deps = { exclusions: createExclusionWatch(given.store), ...given };
  const { store, broker, limits, logger } = deps;
  const scan = createTaskScan(store, options);
  const work = createWorkReader(store, options?.workMs);
  const reader = createPassReader({ store, scan, work });
  const turnAhead = createTurnAhead({
    limits,
    onError: (err) => logFailure(logger, { err }, 'no turn under the limits'),
  });
  let memory: PassMemory = FIRST_MEMORY;

  return {
    /** Ends the turn that no pass has used. */
    turnAhead,
    /** Something happened to a task: the next pass reads it. */
    noteTask: scan.note,
    noteNode: reader.noteNode,
    noteRules: reader.noteRules,
    /**
     * A pass at `now`, on MongoDB's clock. Resolves with undefined if the next one can wait until something changes: no
     * task that a node could take has targets left, or the windows stay full. A full window has work for twice what the
     * nodes run, so no node waits for that pass.
     */
    async dispatchOnce(now: Date): Promise<Counts | undefined> {
      broker.check();
      const takenUp = await takeUpTasks(deps, scan.note);
      const facts = await reader.read(memory, now);
      const { seen, others, observation, nodes } = facts;
      const all = [...seen, ...others];
      const limited = await limits.findLimited(all, now);
      const turn = await turnAhead.take();
      const { headroom, wasRefused } = toHeadroom(turn, limited);
      const plan = planDispatch({ tasks: seen, others, pools: observation.pools, headroom });
      const before = memory;
      // A pass that fails leaves every task to a careful one.
      memory = { ...before, smooth: new Set() };
      try {
        const own = await claim(deps, plan, { limited, turn }, now);
        work.noteSent(own);
        const sent = await send(deps, own, { seen, nodes, turn, limited, smooth: before.smooth, now });
        for (const { task_id, sent: count, passed } of sent.tasks) scan.noteSent(task_id, count, passed);
        await handleErrors(deps, sent.tasks);
        const isIdle = takenUp + plan.chunks.length + plan.again.length + plan.retries.length === 0;
        const { idlePasses } = before;
        memory = remember(before, facts, { limited, plan, hadTurn: turn !== undefined, sent, isIdle, idlePasses }, now);
        const subtasks = sent.tasks.reduce((sum, { sent: count }) => sum + count, sent.others);
        const isDone = memory.idlePasses >= PASSES_WHILE_FULL || (isIdle && !all.some(hasTargetsLeft));
        return isDone && !wasRefused() && scan.isComplete() ? undefined : { subtasks };
      } finally {
        await turn?.end();
        const waiting = seen.filter((task) => limited.has(task.task_id) && hasWork(task));
        if (now >= memory.noRoomUntil) turnAhead.ask(waiting);
      }
    },
  };
}

/** The room of limited tasks: that of the turn. Without it, and for tasks that it was not taken for, it is 0. */
function toHeadroom(turn: HeldTurn | undefined, limited: ReadonlySet<string>) {
  const given: PlanHeadroom = turn?.headroom ?? toNoHeadroom(limited);
  const isOut = (taskId: string) => limited.has(taskId) && !turn?.taskIds.has(taskId);
  let isRefused = false;
  const headroom: PlanHeadroom = {
    ...given,
    take(taskId, wanted, toIndex) {
      const taken = isOut(taskId) ? 0 : given.take(taskId, wanted, toIndex);
      if (taken === 0) isRefused = true;
      return taken;
    },
    countBlocked: (taskId, ...asked) => (isOut(taskId) ? 0 : given.countBlocked(taskId, ...asked)),
  };
  return { headroom, wasRefused: () => isRefused };
}

const hasTargetsLeft = ({ isHeld, cursor, total_targets }: PassTask): boolean => !isHeld && cursor < total_targets;

const hasWork = (task: PassTask): boolean =>
  hasTargetsLeft(task) || (!task.isHeld && ((task.retries?.length ?? 0) > 0 || (task.waiting?.length ?? 0) > 0));

/** CREATED tasks become QUEUED, by the replica that holds their lease. Resolves with how many there were. */
async function takeUpTasks(deps: DispatchDeps, note: (taskId: string) => void): Promise<number> {
  const { store, leases } = deps;
  const created = await store.tasks.findCreated(MAX_TAKEN_UP);
  const ours = await leases.hold(created);
  const reason = toSentence('taken_up');
  for (const task_id of await store.tasks.queueTasks([...ours], reason, OPERATOR)) {
    note(task_id);
    const transitions = [{ status: 'QUEUED', reason }] as const;
    await publishTaskChange(deps, { task_id, transitions, operator: OPERATOR, timestamp: new Date() });
  }
  return created.length;
}

/** A task whose targets are unreadable ends. Any other error is logged once for all tasks that have it. */
async function handleErrors(deps: DispatchDeps, sent: readonly TaskSent[]): Promise<void> {
  const failed = sent.filter(({ error }) => error !== undefined);
  for (const { task_id, error } of failed) {
    if (error instanceof TargetError) await failTask(deps, task_id, error.message);
  }
  const others = failed.filter(({ error }) => !(error instanceof TargetError));
  for (const [, [first, ...more]] of groupBy(others, ({ error }) => String(error))) {
    logFailure(deps.logger, { task_id: first!.task_id, tasks: 1 + more.length, err: first!.error }, 'dispatch failed');
  }
}

/** Unreadable targets stay unreadable: the task ends, with the reason. */
async function failTask(deps: DispatchDeps, task_id: string, message: string): Promise<void> {
  const reason = toSentence('unsendable', { cause: message }).slice(0, 500);
  const { changed } = await deps.store.tasks.updateTaskStatus(task_id, 'FAILED', reason, OPERATOR);
  const transitions = [{ status: 'FAILED', reason }] as const;
  if (changed) await publishTaskChange(deps, { task_id, transitions, operator: OPERATOR, timestamp: new Date() });
}
