import type { CreateTaskBody } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { TargetSet } from '@cyberstroll/targets';
import { Router } from 'express';
import type { Config } from '../config';
import { isTaskOf, toTargetRequest } from '../core/target-request';
import { toTaskView } from '../core/views';
import { addOperations, type Call } from './add-operations';
import type { AppDeps } from './app-deps';
import { keyReused, toKeyName } from './idempotency';
import { readIdempotencyKey } from './read-request';
import { findTraceparent } from './request-trace';

/** Tasks: create one, list them, read one. */
export function createTasksRouter(
  {
    store,
    broadcast,
    waiting,
    admit,
    failpoint,
  }: Pick<AppDeps<'tasks' | 'idempotency'>, 'store' | 'broadcast' | 'waiting' | 'admit' | 'failpoint'>,
  config: Pick<Config, 'SCAN_SCOPE' | 'MAX_TARGETS_PER_TASK'>,
): Router {
  const router = Router();

  addOperations(router, {
    async listTasks({ query }) {
      const page = await store.tasks.findTasks(query);
      const reasons = await waiting.explainTasks(page.items.map((task) => ({ task })));
      return { body: { ...page, items: page.items.map((task, i) => toTaskView(task, { reason: reasons[i] })) } };
    },

    // The key is stored with the task, as long as the task exists: of equal requests at the same time one creates it.
    createTask: { run: createTask, keepsKeys: true },

    async getTask({ params }) {
      const { task, snapshot } = await store.tasks.getStanding(params.task_id);
      const { progress } = snapshot;
      const [[reason], whole] = await Promise.all([
        waiting.explainTasks([{ task, progress }]),
        store.tasks.fillInTargets(task),
      ]);
      return { rev: task.rev, body: toTaskView(whole, { progress, reason }) };
    },
  });

  async function createTask({ body, caller, request, response }: Call<'createTask'>) {
    const key = readIdempotencyKey(request);
    const targets = readTargets(body, config);
    const idempotency_key = key === undefined ? undefined : toKeyName(response, key);
    const known = idempotency_key === undefined ? undefined : await store.tasks.findTaskOfKey(idempotency_key);
    // A repeat creates nothing, so it is never refused because of a backlog.
    if (!known) await admit();
    if (!known && idempotency_key !== undefined && (await store.idempotency.isTaken(idempotency_key))) {
      throw keyReused();
    }
    const { task, created } = known
      ? { task: known, created: false }
      : await store.tasks.createTask({
          ...{ ...body, targets, operator: caller.name, idempotency_key },
          traceparent: findTraceparent(response),
        });
    await failpoint('after_create_before_answer');
    if (!created && !isTaskOf(body, task)) {
      throw keyReused(`the key belongs to task ${task.task_id}, whose request was different; use a new key`);
    }
    if (created) await broadcast(task);
    const [reason] = await waiting.explainTasks([{ task }]);
    const location = `/api/tasks/${task.task_id}`;
    return {
      status: created ? 201 : 200,
      location,
      change: { after: task.status },
      body: toTaskView(task, { reason }),
    };
  }

  return router;
}

function readTargets(
  body: CreateTaskBody,
  { SCAN_SCOPE, MAX_TARGETS_PER_TASK }: Pick<Config, 'SCAN_SCOPE' | 'MAX_TARGETS_PER_TASK'>,
): TargetSet {
  const request = toTargetRequest(body, { scope: SCAN_SCOPE, maxCount: MAX_TARGETS_PER_TASK });
  if ('targets' in request) return request.targets;
  const detail = `task_target: "${request.outside}" is outside the scan scope ${SCAN_SCOPE.toText()}`;
  throw new AppError('out_of_scope', { detail, field: 'task_target', entry: request.outside });
}
