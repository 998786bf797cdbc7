import { announce } from '@cyberstroll/messaging';
import { AppError, type Counts, type Logger } from '@cyberstroll/runtime';
import type { DispatchTask } from '@cyberstroll/store';
import { TargetError } from '@cyberstroll/targets';
import { type PlannedChunk, planDispatch } from '../core/plan-dispatch';
import { observePools, type PoolObservation } from '../core/pool';
import { type SendDeps, sendChunks } from './send-chunks';
import type { TaskLeases } from './task-leases';

export interface DispatchDeps extends SendDeps {
  leases: TaskLeases;
  logger: Logger;
}

const OPERATOR = 'dispatcher';

/** The dispatch's pass; what it has observed of the pools goes from one pass to the next. */
export function createDispatch(deps: DispatchDeps): (now: Date) => Promise<Counts> {
  const { store, broker, leases, logger } = deps;
  let observation: PoolObservation | undefined;
  /** Tasks whose last chunks went out as planned: nobody else’s chunks lie ahead of their cursor. */
  let smooth = new Set<string>();

  return async function dispatchOnce(now) {
    broker.check();
    const tasks = await takeUpTasks(deps, await store.tasks.findForDispatch(), now);
    smooth = new Set(tasks.map(({ task_id }) => task_id).filter((taskId) => smooth.has(taskId)));
    const nodes = tasks.length > 0 ? await store.nodes.findOnline() : [];
    observation = observePools(observation, { tasks, nodes, now });
    const plan = groupByTask(planDispatch({ tasks, pools: observation.pools }));
    const sent = await Promise.all(
      tasks.map(async (task) => {
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
      if (!(await leases.isMine(task_id, now))) {
        smooth.delete(task_id);
        return 0;
      }
      const careful = !smooth.delete(task_id);
      const { sent, asPlanned } = await sendChunks(deps, task, planned, { now, careful });
      if (asPlanned) smooth.add(task_id);
      return sent;
    } catch (err) {
      if (err instanceof TargetError) await failTask(deps, task_id, err.message);
      else logger.warn({ task_id, err }, 'dispatch failed');
      return 0;
    }
  }
}

/** CREATED tasks become QUEUED, by whoever has their lease; the others' are left for the next pass. */
async function takeUpTasks(deps: DispatchDeps, tasks: readonly DispatchTask[], now: Date): Promise<DispatchTask[]> {
  const taken = await Promise.all(
    tasks.map(async (task): Promise<DispatchTask | undefined> => {
      if (task.status !== 'CREATED') return task;
      if (!(await deps.leases.isMine(task.task_id, now))) return undefined;
      return (await takeUpTask(deps, task.task_id)) ? { ...task, status: 'QUEUED' } : undefined;
    }),
  );
  return taken.filter((task) => task !== undefined);
}

async function takeUpTask({ store, publisher, logger }: DispatchDeps, taskId: string): Promise<boolean> {
  const reason = 'taken up by the dispatcher';
  try {
    await store.taskStates.updateTaskStatus(taskId, 'QUEUED', reason, OPERATOR);
  } catch (error) {
    // Cancelled meanwhile, or taken up by a replica whose lease ran out.
    if (error instanceof AppError && ['conflict', 'missing'].includes(error.kind)) return false;
    throw error;
  }
  logger.info({ task_id: taskId }, 'task taken up');
  announce(publisher, 'task', 'QUEUED', { task_id: taskId, reason, operator: OPERATOR }, new Date());
  return true;
}

/** Targets that cannot be read will not get better: the task ends, and says why. */
async function failTask({ store, publisher, logger }: DispatchDeps, taskId: string, message: string): Promise<void> {
  const reason = `its targets cannot be sent out: ${message}`.slice(0, 500);
  logger.error({ task_id: taskId, reason }, 'task cannot be dispatched');
  await store.taskStates.updateTaskStatus(taskId, 'FAILED', reason, OPERATOR);
  announce(publisher, 'task', 'FAILED', { task_id: taskId, reason, operator: OPERATOR }, new Date());
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
