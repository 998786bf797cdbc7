import { Router } from 'express';
import { toSubTaskView } from '../../core/views';
import { addOperations } from '../add-operations';
import { bindCursor } from '../answers/bind-cursor';
import type { AppDeps } from '../app-deps';

/** The subtasks of a task, including those that no node has touched. */
export function createSubTasksRouter({ store, waiting }: Pick<AppDeps<'subTasks'>, 'store' | 'waiting'>): Router {
  const router = Router();

  addOperations(router, {
    async listSubTasks({ params: { task_id }, query: { limit, cursor, from, ...filter } }) {
      const cursors = bindCursor({ task_id, ...filter });
      const query = { ...filter, limit, cursor: cursors.read(cursor) ?? from?.toString() };
      const { task, ...page } = await store.subTasks.findPage(task_id, query);
      const reasons = await waiting.explainSubTasks(task_id, page.items, task);
      const items = page.items.map((subTask, i) => toSubTaskView(subTask, reasons[i]));
      return { body: cursors.write({ ...page, items }) };
    },

    async getSubTask({ params }) {
      const subTask = await store.subTasks.getSubTask(params.subtask_id);
      const [reason] = await waiting.explainSubTasks(subTask.task_id, [subTask]);
      return { body: toSubTaskView(subTask, reason) };
    },
  });

  return router;
}
