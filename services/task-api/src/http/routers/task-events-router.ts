import { findClientAddress, type ProxyTrust, toCallerId } from '@cyberstroll/access';
import { EVENT_STREAM } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { Router } from 'express';
import { hasAll, parseEventId } from '../../core/tasks/task-events';
import { addOperations } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** The events of one task, for `curl -N` and every other client of server-sent events. */
export function createTaskEventsRouter(
  { store, events: { streams, source, caps } }: Pick<AppDeps<'tasks'>, 'store' | 'events'>,
  { TRUST_PROXY: isTrusted }: { TRUST_PROXY: ProxyTrust },
): Router {
  const router = Router();

  addOperations(router, {
    async streamTaskEvents({ params: { task_id }, caller, request, response }) {
      const place = parseEventId(request.get('last-event-id'));
      if (place?.hasEnd && hasAll(place, await store.tasks.getTaskStatus(task_id))) {
        return { status: 204, body: undefined };
      }
      const who = { address: findClientAddress(request, isTrusted), key: toCallerId(caller) };
      const full = caps.enter(who);
      if (full) throw new AppError('too_many_connections', { detail: full.detail, retry_after_seconds: 2 });
      const gone = new AbortController();
      response.once('close', () => {
        caps.leave(who);
        gone.abort();
      });
      const snapshot = await source.find(task_id);
      if (!snapshot) throw new AppError('task_not_found', { detail: task_id, field: 'task_id' });
      // Proxies such as nginx would keep the events back.
      response.set('x-accel-buffering', 'no');
      return { type: EVENT_STREAM, chunks: streams.follow(snapshot, place, gone.signal) };
    },
  });
  return router;
}
