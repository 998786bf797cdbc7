import { type Caller, issueTicket, type ProxyTrust, TICKET_EXPIRES_IN } from '@cyberstroll/access';
import { EVENT_STREAM, type ProgressSnapshot, type TicketView, toProgressUpdate } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { toVersion } from '@cyberstroll/store';
import { toStatusView } from '../../core/tasks/status-view';
import { hasAll, parseEventId } from '../../core/tasks/task-events';
import { toSubTaskView } from '../../core/views';
import type { Call, Handlers } from '../add-operations';
import { bindCursor } from '../answers/bind-cursor';
import { takeStreamPlace } from '../answers/stream-place';
import type { AppDeps } from '../app-deps';

/** The largest age of a cached snapshot that is shown, in milliseconds; in both directions, since clocks differ. */
const FRESH_MS = 2_000;

/**
 * Views of one task: status, progress, statistics; its subtasks, including those that no node has touched; its events;
 * and the ticket for its WebSocket.
 */
export function createTaskViewHandlers(
  {
    store,
    keys,
    realtime,
    waiting,
    events: { streams, source, caps },
  }: Pick<AppDeps<'tasks' | 'subTasks' | 'statistics'>, 'store' | 'keys' | 'realtime' | 'waiting' | 'events'>,
  { TRUST_PROXY: isTrusted }: { TRUST_PROXY: ProxyTrust },
): Handlers {
  return {
    getTaskStatus: {
      isShared: () => true,
      async run({ params }) {
        const { task, snapshot } = await store.tasks.getStanding(params.task_id);
        const { progress, estimated_remaining: estimatedRemaining } = snapshot;
        return { version: toVersion(task), body: toStatusView(task, { progress, estimatedRemaining }, new Date()) };
      },
    },

    async getTaskProgress({ params: { task_id } }) {
      const cached = await realtime.findProgress(task_id);
      const isUsable = cached && isFresh(cached, new Date());
      return { body: toProgressUpdate(isUsable ? cached : (await store.tasks.getStanding(task_id)).snapshot) };
    },

    getTaskNodes: async ({ params }) => ({ body: await store.subTasks.findTaskNodes(params.task_id, new Date()) }),

    getTaskStatistics: async ({ params }) => ({ body: await store.statistics.getTaskStatistics(params.task_id) }),

    async listSubTasks({ params: { task_id }, query: { limit, cursor, from, sort, ...filter } }) {
      const cursors = bindCursor({ task_id, ...filter, ...(sort === 'address' && { sort }) });
      const at = cursors.read(cursor) ?? from?.toString();
      const query = { ...filter, limit, cursor: at, by_address: sort === 'address' };
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

    // For `curl -N` and every other client of server-sent events.
    async streamTaskEvents({ params: { task_id }, caller, request, response }) {
      const place = parseEventId(request.get('last-event-id'));
      if (place?.hasEnd && hasAll(place, await store.tasks.getTaskStatus(task_id))) {
        return { status: 204, body: undefined };
      }
      const gone = takeStreamPlace(caps, isTrusted, { caller, request, response });
      const snapshot = await source.find(task_id);
      if (!snapshot) throw new AppError('task_not_found', { detail: task_id, field: 'task_id' });
      return { type: EVENT_STREAM, chunks: streams.follow(snapshot, place, gone) };
    },

    // A ticket opens one connection and expires soon, so a repeat gets a new one.
    issueTicket: { run: issueForTask, repeat: issueForTask },
    issueTicketForAll: { run: issueForAll, repeat: issueForAll },
  };

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
}

const isFresh = ({ timestamp }: ProgressSnapshot, now: Date): boolean =>
  Math.abs(now.getTime() - Date.parse(timestamp)) <= FRESH_MS;
