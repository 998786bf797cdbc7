import { type CreateTaskBody, createTaskBodySchema, listTasksQuerySchema, taskIdSchema } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { TargetSet } from '@cyberstroll/targets';
import { Router } from 'express';
import type { Config } from '../config';
import { isTaskOf, toTargetRequest } from '../core/target-request';
import { toTaskView } from '../core/views';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { getCaller } from './authenticate';
import { keyReused, toKeyName } from './idempotency';
import { readBody, readIdempotencyKey, readQuery, readTaskId } from './read-request';
import { findTraceparent } from './request-trace';

/** The cursor of a page is the id of the last task of the page before. */
const querySchema = listTasksQuerySchema.extend({ cursor: taskIdSchema.optional() });

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

  addRoute(router, '/api/tasks', {
    getReadsQuery: true,
    async get(request, response) {
      const page = await store.tasks.findTasks(readQuery(querySchema, request));
      const reasons = await waiting.explainTasks(page.items.map((task) => ({ task })));
      response.json({ ...page, items: page.items.map((task, i) => toTaskView(task, { reason: reasons[i] })) });
    },
    // The key is stored with the task, as long as the task exists: of equal requests at the same time one creates it.
    postKeepsKeys: true,
    async post(request, response) {
      const key = readIdempotencyKey(request);
      const body = readBody(createTaskBodySchema, request);
      const targets = readTargets(body, config);
      const { name: operator } = getCaller(response);
      const idempotency_key = key === undefined ? undefined : toKeyName(response, key);
      const known = idempotency_key === undefined ? undefined : await store.tasks.findTaskOfKey(idempotency_key);
      // A repeat creates nothing, so it is never refused because of a backlog.
      if (!known) await admit();
      if (!known && idempotency_key !== undefined && (await store.idempotency.isTaken(idempotency_key)))
        throw keyReused();
      const { task, created } = known
        ? { task: known, created: false }
        : await store.tasks.createTask({
            ...{ ...body, targets, operator, idempotency_key },
            traceparent: findTraceparent(response),
          });
      await failpoint('after_create_before_answer');
      if (!created && !isTaskOf(body, task)) {
        throw keyReused(`the key belongs to task ${task.task_id}, whose request was different; use a new key`);
      }
      if (created) await broadcast(task);
      const [reason] = await waiting.explainTasks([{ task }]);
      const location = `/api/tasks/${task.task_id}`;
      return { status: created ? 201 : 200, location, body: toTaskView(task, { reason }) };
    },
  });

  addRoute(router, '/api/tasks/:task_id', {
    async get(request, response) {
      const { task, snapshot } = await store.tasks.getStanding(readTaskId(request));
      const { progress } = snapshot;
      const [[reason], whole] = await Promise.all([
        waiting.explainTasks([{ task, progress }]),
        store.tasks.fillInTargets(task),
      ]);
      response.json(toTaskView(whole, { progress, reason }));
    },
  });

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
