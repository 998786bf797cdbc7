import { addressSchema, listSubTasksQuerySchema } from '@cyberstroll/contracts';
import { parseAddress } from '@cyberstroll/targets';
import { Router } from 'express';
import { z } from 'zod';
import { toSubTaskView } from '../core/views';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { readQuery, readSubTaskId, readTaskId } from './read-request';

/** The cursor of a page is the index of its first subtask. */
const querySchema = listSubTasksQuerySchema.extend({
  ip: addressSchema
    .refine((text) => parseAddress(text) !== undefined, 'must be one IPv4 or IPv6 address, such as 10.0.0.1')
    .optional(),
  cursor: z
    .string()
    .regex(/^\d{1,10}$/, 'must be a next_cursor of this list')
    .optional(),
});

/** The subtasks of a task, including those that no node has touched. */
export function createSubTasksRouter({ store, waiting }: Pick<AppDeps<'subTasks'>, 'store' | 'waiting'>): Router {
  const router = Router();

  addRoute(router, '/api/tasks/:task_id/subtasks', {
    getReadsQuery: true,
    async get(request, response) {
      const taskId = readTaskId(request);
      const { task, ...page } = await store.subTasks.findPage(taskId, readQuery(querySchema, request));
      const reasons = await waiting.explainSubTasks(taskId, page.items, task);
      response.json({ ...page, items: page.items.map((subTask, i) => toSubTaskView(subTask, reasons[i])) });
    },
  });

  addRoute(router, '/api/tasks/:task_id/subtasks/:subtask_id', {
    async get(request, response) {
      const subTask = await store.subTasks.getSubTask(readSubTaskId(request));
      const [reason] = await waiting.explainSubTasks(subTask.task_id, [subTask]);
      response.json(toSubTaskView(subTask, reason));
    },
  });

  return router;
}
