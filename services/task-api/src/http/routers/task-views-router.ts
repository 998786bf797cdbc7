import { type Caller, issueTicket, TICKET_EXPIRES_IN } from '@cyberstroll/access';
import { type ProgressSnapshot, type TicketView, toProgressUpdate } from '@cyberstroll/contracts';
import { toVersion } from '@cyberstroll/store';
import { Router } from 'express';
import { toStatusView } from '../../core/tasks/status-view';
import { addOperations, type Call } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** The largest age of a cached snapshot that is shown, in milliseconds; in both directions, since clocks differ. */
const FRESH_MS = 2_000;

/** Views of one task: status, progress, statistics, and the ticket for its WebSocket. */
export function createTaskViewsRouter({
  store,
  keys,
  realtime,
}: Pick<AppDeps<'tasks' | 'subTasks' | 'statistics'>, 'store' | 'keys' | 'realtime'>): Router {
  const router = Router();

  addOperations(router, {
    async getTaskStatus({ params }) {
      const { task, snapshot } = await store.tasks.getStanding(params.task_id);
      const { progress, estimated_remaining: estimatedRemaining } = snapshot;
      return { version: toVersion(task), body: toStatusView(task, { progress, estimatedRemaining }, new Date()) };
    },

    async getTaskProgress({ params: { task_id } }) {
      const cached = await realtime.findProgress(task_id);
      const isUsable = cached && isFresh(cached, new Date());
      return { body: toProgressUpdate(isUsable ? cached : (await store.tasks.getStanding(task_id)).snapshot) };
    },

    getTaskNodes: async ({ params }) => ({ body: await store.subTasks.findTaskNodes(params.task_id, new Date()) }),

    getTaskStatistics: async ({ params }) => ({ body: await store.statistics.getTaskStatistics(params.task_id) }),

    // A ticket opens one connection and expires soon, so a repeat gets a new one.
    issueTicket: { run: issueForTask, repeat: issueForTask },
    issueTicketForAll: { run: issueForAll, repeat: issueForAll },
  });

  async function issueForTask({ params, caller }: Call<'issueTicket'>) {
    const { task_id } = await store.tasks.getTaskStatus(params.task_id);
    return issue(caller, task_id);
  }

  function issueForAll({ caller }: Call<'issueTicketForAll'>) {
    return issue(caller, undefined);
  }

  async function issue(caller: Caller, taskId: string | undefined): Promise<{ body: TicketView }> {
    const ticket = await issueTicket({ tickets: realtime, keys }, caller, taskId);
    return { body: { ticket, expires_in: TICKET_EXPIRES_IN } };
  }

  return router;
}

const isFresh = ({ timestamp }: ProgressSnapshot, now: Date): boolean =>
  Math.abs(now.getTime() - Date.parse(timestamp)) <= FRESH_MS;
