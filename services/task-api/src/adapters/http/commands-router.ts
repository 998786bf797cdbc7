import { commandBodySchema } from '@cyberstroll/contracts';
import { Router } from 'express';
import { toStatusView } from '../../core/status-view';
import { changeStatus } from '../change-status';
import { retrySubTask, retryTask } from '../retry-failed';
import { addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { getCaller } from './authenticate';
import { readBody, readSubTaskId, readTaskId } from './read-request';

/** An operator's commands. The key's name stands as operator in the task's history. */
export function createCommandsRouter(deps: Pick<AppDeps, 'store' | 'publisher' | 'broadcast'>): Router {
  const router = Router();

  for (const command of ['pause', 'resume', 'cancel'] as const) {
    addRoute(router, `/api/tasks/:task_id/${command}`, {
      async post(request, response) {
        const taskId = readTaskId(request);
        const { reason = `${command} by operator` } = readBody(commandBodySchema, request);
        await changeStatus(deps, { command, taskId, reason, operator: getCaller(response).name });
        const { task, snapshot } = await deps.store.tasks.getStanding(taskId);
        const { progress, estimated_remaining: estimatedRemaining } = snapshot;
        response.json(toStatusView(task, { progress, estimatedRemaining }, new Date()));
      },
    });
  }

  addRoute(router, '/api/tasks/:task_id/retry', {
    async post(request, response) {
      const taskId = readTaskId(request);
      const { reason = 'retry by operator' } = readBody(commandBodySchema, request);
      const { retried, isSent } = await retryTask(deps, { taskId, reason, operator: getCaller(response).name });
      response.status(isSent ? 200 : 202).json({ task_id: taskId, retried });
    },
  });

  addRoute(router, '/api/tasks/:task_id/subtasks/:subtask_id/retry', {
    async post(request, response) {
      const taskId = readTaskId(request);
      const subTaskId = readSubTaskId(request);
      const { reason = 'retry by operator' } = readBody(commandBodySchema, request);
      await retrySubTask(deps, { taskId, subTaskId, reason, operator: getCaller(response).name });
      response.json({ task_id: taskId, subtask_id: subTaskId, retried: 1 });
    },
  });

  return router;
}
