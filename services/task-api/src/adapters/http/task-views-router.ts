import { toProgressUpdate } from '@cyberstroll/contracts';
import { Router } from 'express';
import { isFresh } from '../../core/is-fresh';
import { toStatusView } from '../../core/status-view';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { readTaskId } from './read-request';

/** How a task stands: its status, progress and statistics. */
export function createTaskViewsRouter({ store, realtime }: Pick<AppDeps, 'store' | 'realtime'>): Router {
  const router = Router();

  addRoute(router, '/api/tasks/:task_id/status', {
    async get(request, response) {
      const { task, snapshot } = await store.tasks.getStanding(readTaskId(request));
      const { progress, estimated_remaining: estimatedRemaining } = snapshot;
      response.json(toStatusView(task, { progress, estimatedRemaining }, new Date()));
    },
  });

  addRoute(router, '/api/tasks/:task_id/progress', {
    async get(request, response) {
      const taskId = readTaskId(request);
      const cached = await realtime.findProgress(taskId);
      const isTold = cached && isFresh(cached, new Date());
      response.json(toProgressUpdate(isTold ? cached : (await store.tasks.getStanding(taskId)).snapshot));
    },
  });

  addRoute(router, '/api/tasks/:task_id/statistics', {
    async get(request, response) {
      response.json(await store.taskStates.getTaskStatistics(readTaskId(request)));
    },
  });

  return router;
}
