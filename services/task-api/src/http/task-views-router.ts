import { type ProgressSnapshot, type TicketView, toProgressUpdate } from '@cyberstroll/contracts';
import { TICKET_EXPIRES_IN } from '@cyberstroll/realtime';
import { type Request, type Response, Router } from 'express';
import { toStatusView } from '../core/status-view';
import { type Answer, addRoute } from './add-route';
import type { AppDeps } from './app-deps';
import { getCaller } from './authenticate';
import { readEmptyBody, readTaskId } from './read-request';

/** The largest age of a cached snapshot that is shown, in milliseconds; in both directions, since clocks differ. */
const FRESH_MS = 2_000;

/** Views of one task: status, progress, statistics, and the ticket for its WebSocket. */
export function createTaskViewsRouter({
  store,
  realtime,
}: Pick<AppDeps<'tasks' | 'statistics'>, 'store' | 'realtime'>): Router {
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
      const isUsable = cached && isFresh(cached, new Date());
      response.json(toProgressUpdate(isUsable ? cached : (await store.tasks.getStanding(taskId)).snapshot));
    },
  });

  // A browser cannot send its key with a WebSocket, and a key in the URL would appear in the log of every proxy.
  addRoute(router, '/api/tasks/:task_id/ticket', {
    postRole: 'viewer',
    post: issueTicket,
    // A ticket opens one connection and expires soon, so a repeat gets a new one.
    repeat: issueTicket,
  });

  addRoute(router, '/api/tasks/:task_id/statistics', {
    async get(request, response) {
      response.json(await store.statistics.getTaskStatistics(readTaskId(request)));
    },
  });

  async function issueTicket(request: Request, response: Response): Promise<Answer> {
    readEmptyBody(request);
    const { task_id } = await store.tasks.getTaskStatus(readTaskId(request));
    const ticket = await realtime.issueTicket({ task_id, key: getCaller(response).name });
    const body: TicketView = { ticket, expires_in: TICKET_EXPIRES_IN };
    return { status: 201, body };
  }

  return router;
}

const isFresh = ({ timestamp }: ProgressSnapshot, now: Date): boolean =>
  Math.abs(now.getTime() - Date.parse(timestamp)) <= FRESH_MS;
