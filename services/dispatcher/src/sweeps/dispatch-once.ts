import { publishTaskChange } from '@cyberstroll/messaging';
import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import type { DispatchTask, Store } from '@cyberstroll/store';
import { TargetError } from '@cyberstroll/targets';
import { type SendDeps, sendChunks } from '../adapters/send-chunks';
import type { TaskLeases } from '../adapters/task-leases';
import { createTaskScan } from '../adapters/task-scan';
import { type PlannedChunk, planDispatch } from '../core/plan-dispatch';
import { observePools, type PoolObservation } from '../core/pool';
import { type SendOutcome, type SmoothTasks, toSmoothTasks } from '../core/smooth-tasks';
import { OPERATOR } from '../operator';

export interface DispatchDeps extends SendDeps {
  store: Pick<Store, 'tasks' | 'chunks' | 'nodes'>;
  leases: TaskLeases;
  logger: Logger;
}

/** CREATED tasks that one pass takes up. */
const MAX_TAKEN_UP = 500;

/**
 * The pass of the dispatch. Each pass hands its observations of pools and tasks to the next. Resolves with undefined if
 * no task that a node could take has targets left: the next pass can wait until something changes.
 */
export function createDispatch(
  deps: DispatchDeps,
  { page }: { page?: number } = {},
): (now: Date) => Promise<Counts | undefined> {
  const { store, broker, leases, logger } = deps;
  const scan = createTaskScan(store, page);
  let observation: PoolObservation | undefined;
  let smooth: SmoothTasks = new Set();
  /** Whether the round over the tasks that is under way has found work. */
  let hasWork = false;

  return async function dispatchOnce(now) {
    broker.check();
    const takenUp = await takeUpTasks(deps, now);
    const nodes = await store.nodes.findAvailableNodes();
    const { seen, others, endsRound } = await scan.read(nodes.flatMap(({ pools }) => pools));
    hasWork ||= takenUp > 0 || seen.some(hasTargetsLeft);
    observation = observePools(observation, { tasks: [...seen, ...others], nodes, now });
    const plan = groupByTask(planDispatch({ tasks: seen, others, pools: observation.pools }));
    const before = smooth;
    // A pass that fails leaves every task to a careful one.
    smooth = new Set();
    const results = await Promise.all(
      seen.flatMap((task) => {
        const planned = plan.get(task.task_id);
        return planned ? [dispatchTask(task, planned, { now, careful: !before.has(task.task_id) })] : [];
      }),
    );
    smooth = toSmoothTasks(before, {
      known: [...seen, ...others].map(({ task_id }) => task_id),
      outcomes: new Map(results.map(({ taskId, outcome }) => [taskId, outcome])),
    });
    const isIdle = endsRound && !hasWork;
    if (endsRound) hasWork = false;
    return isIdle ? undefined : { subtasks: results.reduce((sum, { sent }) => sum + sent, 0) };
  };

  /** An error while one task is sent does not stop the others. */
  async function dispatchTask(
    task: DispatchTask,
    planned: readonly PlannedChunk[],
    { now, careful }: { now: Date; careful: boolean },
  ): Promise<TaskResult> {
    const { task_id } = task;
    try {
      if (!(await leases.isHeld(task_id, now))) return { taskId: task_id, sent: 0, outcome: 'not ours' };
      const { sent, asPlanned } = await sendChunks(deps, task, planned, { now, careful });
      scan.noteSent(task_id, sent);
      return { taskId: task_id, sent, outcome: asPlanned ? 'as planned' : 'not as planned' };
    } catch (err) {
      if (err instanceof TargetError) await failTask(deps, task_id, err.message);
      else logger.warn({ task_id, err }, 'dispatch failed');
      return { taskId: task_id, sent: 0, outcome: 'not as planned' };
    }
  }
}

interface TaskResult {
  taskId: string;
  /** Subtasks that were sent out. */
  sent: number;
  outcome: SendOutcome;
}

const hasTargetsLeft = ({ status, cursor, total_targets }: DispatchTask): boolean =>
  status !== 'PAUSED' && cursor < total_targets;

/** CREATED tasks become QUEUED, by the replica that holds their lease. Resolves with how many there were. */
async function takeUpTasks(deps: DispatchDeps, now: Date): Promise<number> {
  const created = await deps.store.tasks.findCreated(MAX_TAKEN_UP);
  await Promise.all(
    created.map(async (taskId) => {
      if (await deps.leases.isHeld(taskId, now)) await takeUpTask(deps, taskId);
    }),
  );
  return created.length;
}

async function takeUpTask({ store, publisher, logger }: DispatchDeps, taskId: string): Promise<void> {
  const reason = 'taken up by the dispatcher';
  try {
    const { changed } = await store.tasks.updateTaskStatus(taskId, 'QUEUED', reason, OPERATOR);
    if (!changed) return;
  } catch (error) {
    // The task was cancelled meanwhile, or a replica whose lease has expired took it up.
    if (error instanceof AppError && ['conflict', 'missing'].includes(error.kind)) return;
    throw error;
  }
  const change = { task_id: taskId, status: 'QUEUED', reason, operator: OPERATOR } as const;
  publishTaskChange(publisher, { ...change, timestamp: new Date() });
  logger.info(change, 'task changed');
}

/** Unreadable targets stay unreadable: the task ends, with the reason. */
async function failTask({ store, publisher, logger }: DispatchDeps, taskId: string, message: string): Promise<void> {
  const reason = `its targets cannot be sent out: ${message}`.slice(0, 500);
  const { changed } = await store.tasks.updateTaskStatus(taskId, 'FAILED', reason, OPERATOR);
  if (!changed) return;
  const change = { task_id: taskId, status: 'FAILED', reason, operator: OPERATOR } as const;
  publishTaskChange(publisher, { ...change, timestamp: new Date() });
  logger.error(change, 'task changed');
}

function groupByTask(plan: readonly PlannedChunk[]): Map<string, PlannedChunk[]> {
  const groups = new Map<string, PlannedChunk[]>();
  for (const chunk of plan) {
    const group = groups.get(chunk.task_id);
    if (group) group.push(chunk);
    else groups.set(chunk.task_id, [chunk]);
  }
  return groups;
}
