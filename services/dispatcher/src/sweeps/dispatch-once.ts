import { announceTaskChange } from '@cyberstroll/messaging';
import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import type { DispatchTask } from '@cyberstroll/store';
import { TargetError } from '@cyberstroll/targets';
import { type SendDeps, sendChunks } from '../adapters/send-chunks';
import type { TaskLeases } from '../adapters/task-leases';
import { createTaskSurvey } from '../adapters/task-scan';
import { type PlannedChunk, planDispatch } from '../core/plan-dispatch';
import { observePools, type PoolObservation } from '../core/pool';
import { OPERATOR } from '../operator';

export interface DispatchDeps extends SendDeps {
  leases: TaskLeases;
  logger: Logger;
}

/** CREATED tasks that are taken up in one pass. */
const MAX_TAKEN_UP = 500;

/** The dispatch's pass; what it has observed of the pools and their tasks goes from one pass to the next. */
export function createDispatch(deps: DispatchDeps, { page }: { page?: number } = {}): (now: Date) => Promise<Counts> {
  const { store, broker, leases, logger } = deps;
  const survey = createTaskSurvey(store, page);
  let observation: PoolObservation | undefined;
  /** Tasks whose last chunks went out as planned: nobody else’s chunks lie ahead of their cursor. */
  let smooth = new Set<string>();

  return async function dispatchOnce(now) {
    broker.check();
    await takeUpTasks(deps, now);
    const nodes = await store.nodes.findAvailableNodes();
    const { seen, others } = await survey.look(nodes.flatMap(({ pools }) => pools));
    smooth = new Set([...seen, ...others].map(({ task_id }) => task_id).filter((taskId) => smooth.has(taskId)));
    observation = observePools(observation, { tasks: [...seen, ...others], nodes, now });
    const plan = groupByTask(planDispatch({ tasks: seen, others, pools: observation.pools }));
    const sent = await Promise.all(
      seen.map(async (task) => {
        const planned = plan.get(task.task_id);
        return planned ? dispatchTask(task, planned, now) : 0;
      }),
    );
    return { subtasks: sent.reduce((sum, count) => sum + count, 0) };
  };

  /** One task's trouble is not another's. */
  async function dispatchTask(task: DispatchTask, planned: readonly PlannedChunk[], now: Date): Promise<number> {
    const { task_id } = task;
    try {
      if (!(await leases.isHeld(task_id, now))) {
        smooth.delete(task_id);
        return 0;
      }
      const careful = !smooth.delete(task_id);
      const { sent, asPlanned } = await sendChunks(deps, task, planned, { now, careful });
      if (asPlanned) smooth.add(task_id);
      survey.noteSent(task_id, sent);
      return sent;
    } catch (err) {
      if (err instanceof TargetError) await failTask(deps, task_id, err.message);
      else logger.warn({ task_id, err }, 'dispatch failed');
      return 0;
    }
  }
}

/** CREATED tasks become QUEUED, by whoever has their lease. */
async function takeUpTasks(deps: DispatchDeps, now: Date): Promise<void> {
  const created = await deps.store.tasks.findCreated(MAX_TAKEN_UP);
  await Promise.all(
    created.map(async (taskId) => {
      if (await deps.leases.isHeld(taskId, now)) await takeUpTask(deps, taskId);
    }),
  );
}

async function takeUpTask({ store, publisher, logger }: DispatchDeps, taskId: string): Promise<void> {
  const reason = 'taken up by the dispatcher';
  try {
    const { changed } = await store.tasks.updateTaskStatus(taskId, 'QUEUED', reason, OPERATOR);
    if (!changed) return;
  } catch (error) {
    // Cancelled meanwhile, or taken up by a replica whose lease ran out.
    if (error instanceof AppError && ['conflict', 'missing'].includes(error.kind)) return;
    throw error;
  }
  const change = { task_id: taskId, status: 'QUEUED', reason, operator: OPERATOR } as const;
  announceTaskChange(publisher, { ...change, timestamp: new Date() });
  logger.info(change, 'task changed');
}

/** Targets that cannot be read will not get better: the task ends, and says why. */
async function failTask({ store, publisher, logger }: DispatchDeps, taskId: string, message: string): Promise<void> {
  const reason = `its targets cannot be sent out: ${message}`.slice(0, 500);
  const { changed } = await store.tasks.updateTaskStatus(taskId, 'FAILED', reason, OPERATOR);
  if (!changed) return;
  const change = { task_id: taskId, status: 'FAILED', reason, operator: OPERATOR } as const;
  announceTaskChange(publisher, { ...change, timestamp: new Date() });
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
