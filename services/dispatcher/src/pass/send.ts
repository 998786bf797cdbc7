import { groupBy } from '@cyberstroll/contracts';
import { publishEvent } from '@cyberstroll/messaging';
import { AppError, type Logger, logFailure } from '@cyberstroll/runtime';
import { findAvailableNodes } from '@cyberstroll/task-state';
import { publishJob } from '../adapters/publish-job';
import { type SendDeps, sendChunks, type TaskSent, toFirstAttempts } from '../adapters/send-chunks';
import type { TaskLeases } from '../adapters/task-leases';
import type { HeldTurn } from '../adapters/turn-ahead';
import { groupRetries } from '../core/group-retries';
import type { Plan, PlannedAgain, PlannedRetries } from '../core/plan-dispatch';
import { OPERATOR } from '../operator';
import type { PassMemory } from './memory';
import type { Nodes, PassTask } from './read';

export interface PassSendDeps extends SendDeps {
  leases: TaskLeases;
  logger: Logger;
}

export interface SendContext extends Pick<PassMemory, 'smooth' | 'limited'> {
  seen: readonly PassTask[];
  nodes: Nodes;
  turn: HeldTurn | undefined;
  now: Date;
}

/** What of a plan was sent: subtasks of each task's next targets, and the number of the others. */
export interface Sent {
  tasks: TaskSent[];
  others: number;
}

/**
 * Sends what was claimed. What is limited is ours for as long as the turn is. What fails was written down as sent, so
 * it is recalled as lost.
 */
export async function send(deps: PassSendDeps, plan: Plan, context: SendContext): Promise<Sent> {
  const { turn, limited, seen } = context;
  const taskOf = new Map(seen.map((task) => [task.task_id, task]));
  const leftMs = (taskId: string) =>
    turn && limited.has(taskId) ? Math.min(deps.leases.leftMs(taskId), turn.leftMs()) : deps.leases.leftMs(taskId);
  const sending = { ...deps, leases: { ...deps.leases, leftMs } };
  const others = [
    ...plan.again.map((each) => sendAgain(sending, taskOf.get(each.task_id)!, each, context)),
    ...plan.retries.map((each) => sendRetries(sending, taskOf.get(each.task_id)!, each, context)),
  ].map((work) =>
    work.catch((err: unknown) => {
      logFailure(deps.logger, { err }, 'dispatch failed');
      return 0;
    }),
  );
  const [tasks, counts] = await Promise.all([sendFirst(sending, plan, context), Promise.all(others)]);
  return { tasks, others: counts.reduce((sum, count) => sum + count, 0) };
}

async function sendFirst(
  deps: PassSendDeps,
  plan: Plan,
  { seen, smooth, limited, turn, now }: SendContext,
): Promise<TaskSent[]> {
  const placed = plan.chunks.map((chunk, place) => ({ ...chunk, place }));
  const planned = groupBy(placed, ({ task_id }) => task_id);
  const plans = seen.flatMap((task) => {
    const isLimited = limited.has(task.task_id);
    const careful = !smooth.has(task.task_id);
    // What a dead sender has written down takes room. The cursor must pass it before it can be sent again.
    const mayBeAhead = turn && careful && isLimited && !task.isHeld && task.cursor < task.total_targets;
    const chunks = planned.get(task.task_id) ?? (mayBeAhead ? [] : undefined);
    return chunks ? [{ task, planned: chunks, careful, limited: isLimited }] : [];
  });
  const ofPools = groupBy(plans, ({ task }) => task.config.pool);
  return (await Promise.all([...ofPools].map(([pool, ofPool]) => sendChunks(deps, pool, ofPool, now)))).flat();
}

const REASONS: Record<string, string> = {
  dropped: 'sent out again: nodes drop the jobs of a paused or held task',
  silent: 'sent out again: no node has begun it, and a node that fell silent may hold it',
  lost: 'sent out again: it has left the queue, and no node has begun it',
};

async function sendAgain(
  deps: PassSendDeps,
  task: PassTask,
  { chunk, indexes }: PlannedAgain,
  { now }: SendContext,
): Promise<number> {
  const { task_id } = task;
  assertOurs(deps, task_id);
  await deps.broker.declareJobQueue(task.config.pool);
  const subtasks = await publishJob(deps, task, await toFirstAttempts(deps, task, indexes), { now });
  const reason = REASONS[chunk.waits!];
  // Without any, all of it is excluded: it is cancelled soon.
  if (reason !== undefined && subtasks.length > 0) {
    const { first_index } = chunk;
    deps.logger.info({ task_id, subtasks: subtasks.length, first_index, reason }, 'sent out again');
    const facts = { task_id, subtasks: [...subtasks], reason, operator: OPERATOR };
    publishEvent(deps.publisher, 'subtask', 'PENDING', facts, now);
  }
  return subtasks.length;
}

async function sendRetries(
  deps: PassSendDeps,
  task: PassTask,
  { retries }: PlannedRetries,
  { nodes, now }: SendContext,
): Promise<number> {
  assertOurs(deps, task.task_id);
  await deps.broker.declareJobQueue(task.config.pool);
  const available = findAvailableNodes(nodes, task.config.pool, task.scan.method);
  const sent = await Promise.all(
    groupRetries(retries, available).map(async ({ retries: some, avoid_node }) => {
      const asked = some.map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
      return (await publishJob(deps, task, asked, { now, avoid_node })).length;
    }),
  );
  return sent.reduce((sum, count) => sum + count, 0);
}

function assertOurs({ leases }: PassSendDeps, taskId: string): void {
  if (leases.leftMs(taskId) <= 0) throw new AppError('lease_ended');
}
