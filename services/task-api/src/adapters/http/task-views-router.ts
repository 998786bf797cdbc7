import { toProgressUpdate } from '@cyberstroll/contracts';
import { Router } from 'express';
import { isFresh } from '../../core/is-fresh';
import { toStatusView } from '../../core/status-view';
import { getSnapshot, getStanding } from '../get-standing';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { readTaskId } from './read-request';

/** How a task stands: its status, progress and statistics. */
export function createTaskViewsRouter({ store, realtime }: Pick<AppDeps, 'store' | 'realtime'>): Router {
  const router = Router();

  addRoute(router, '/api/tasks/:task_id/status', {
    async get(request, response) {
      const { task, snapshot } = await getStanding(store, readTaskId(request));
      const { progress, estimated_remaining: estimatedRemaining } = snapshot;
      response.json(toStatusView(task, { progress, estimatedRemaining }, new Date()));
    },
  });

  addRoute(router, '/api/tasks/:task_id/progress', {
    async get(request, response) {
      const taskId = readTaskId(request);
      const cached = await realtime.findProgress(taskId);
      const snapshot = cached && isFresh(cached, new Date()) ? cached : await getSnapshot(store, taskId);
      response.json(toProgressUpdate(snapshot));
    },
  });

  addRoute(router, '/api/tasks/:task_id/statistics', {
    async get(request, response) {
      response.json(await store.taskStates.getTaskStatistics(readTaskId(request)));
    },
  });

  return router;
}
