import { commandBodySchema } from '@cyberstroll/contracts';
import { Router } from 'express';
import { changeStatus } from '../adapters/change-status';
import { retrySubTask, retryTask } from '../adapters/retry-failed';
import { toStatusView } from '../core/status-view';
import { type Answer, addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { getCaller } from './authenticate';
import { readBody, readSubTaskId, readTaskId } from './read-request';

/** The commands of an operator. The name of the API key becomes `operator` in the task's history. */
export function createCommandsRouter(
  deps: Pick<AppDeps<'tasks' | 'subTasks'>, 'store' | 'publisher' | 'broadcast'>,
): Router {
  const router = Router();

  async function toStatusAnswer(taskId: string, changed: boolean): Promise<Answer> {
    const { task, snapshot } = await deps.store.tasks.getStanding(taskId);
    const { progress, estimated_remaining: estimatedRemaining } = snapshot;
    return { body: { ...toStatusView(task, { progress, estimatedRemaining }, new Date()), changed } };
  }

  for (const command of ['pause', 'resume', 'cancel'] as const) {
    addRoute(router, `/api/tasks/:task_id/${command}`, {
      async post(request, response) {
        const taskId = readTaskId(request);
        const { reason = `${command} by operator` } = readBody(commandBodySchema, request);
        const changed = await changeStatus(deps, { command, taskId, reason, operator: getCaller(response).name });
        return toStatusAnswer(taskId, changed);
      },
      repeat: (request) => toStatusAnswer(readTaskId(request), false),
    });
  }

  addRoute(router, '/api/tasks/:task_id/retry', {
    async post(request, response) {
      const task_id = readTaskId(request);
      const { reason = 'retry by operator' } = readBody(commandBodySchema, request);
      const operator = getCaller(response).name;
      const { isSent, ...outcome } = await retryTask(deps, { taskId: task_id, reason, operator });
      return { status: isSent ? 200 : 202, body: { task_id, ...outcome } };
    },
  });

  addRoute(router, '/api/tasks/:task_id/subtasks/:subtask_id/retry', {
    async post(request, response) {
      const task_id = readTaskId(request);
      const subtask_id = readSubTaskId(request);
      const { reason = 'retry by operator' } = readBody(commandBodySchema, request);
      const retry = { taskId: task_id, subTaskId: subtask_id, reason, operator: getCaller(response).name };
      return { body: { task_id, subtask_id, ...(await retrySubTask(deps, retry)) } };
    },
  });

  return router;
}
