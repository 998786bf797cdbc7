/**
 * Follows a task to its end. Changes arrive by WebSocket. After a while without one (a second without a connection,
 * longer with one) the API is asked, which also says why the task waits. So a lost push, a stopped pusher or a network
 * without WebSockets only delays news; the end is always seen. Watching changes nothing: the task continues if it
 * stops.
 */

import { delay } from '@cyberstroll/runtime';
import type { ApiClient } from '../api-client';
import type { ApiTask } from '../api-types';
import { CliError, isLasting } from '../cli-error';
import { defineTexts } from '../language/say';
import { createTimeText, type TimeText } from '../text/time-text';
import { toWaitingSentence } from '../text/waiting-text';
import { fromPush, fromTask, isEnded, isSameUpdate, type WatchUpdate } from '../watch-update';
import { openProgressSocket } from './progress-socket';

const t = defineTexts({
  connected_again: ['connected again', '已重新连接'],
  waits: ['waits: {reason}', '等待：{reason}'],
  trying_again: ['{error}; trying again', '{error}；正在重试'],
  stopped_watching: ['stopped watching; task {task} continues', '已停止跟踪；任务 {task} 继续执行'],
});

/** Milliseconds. */
export const WATCH_TIMING = {
  /** Between two requests to the API without a live WebSocket. */
  pollMs: 1_000,
  /** Time without a change after which the API is asked, also for the reason. */
  stillMs: 3_000,
  /** How long neither WebSocket nor API may answer before watching fails as unreachable. */
  giveUpMs: 60_000,
  reconnectBaseMs: 500,
  reconnectCapMs: 10_000,
};

export interface WatchOptions {
  /** Called with each change, the first state and the last included. */
  onUpdate?: (update: WatchUpdate) => void;
  /** Called with messages for the user: connection lost or back; why the task waits, when the reason changes. */
  onNotice?: (text: string) => void;
  /** How notices show times; in the local time zone by default. */
  toTimeText?: TimeText;
  /** Ends the watching; the task continues. */
  signal?: AbortSignal;
  timing?: Partial<typeof WATCH_TIMING>;
}

/**
 * Resolves with the last update once the task has ended in whatever way. Rejects with a CliError:
 * `notFound`, `error` (key refused), `unreachable`, or `interrupted` when the signal aborts.
 */
export async function watchTask(
  client: ApiClient,
  taskId: string,
  {
    onUpdate = () => {},
    onNotice = () => {},
    toTimeText = createTimeText(),
    signal,
    timing: chosen,
  }: WatchOptions = {},
): Promise<WatchUpdate> {
  const timing = { ...WATCH_TIMING, ...chosen };
  const readTask = () =>
    client.call(client.GET('/api/tasks/{task_id}', { params: { path: { task_id: taskId } } }), 'task_id');
  const done = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  let last = fromTask(await readTask(), new Date());
  let lastSeq = -1;
  let movedAt = Date.now();
  let askedAt = movedAt;
  let shownReason: string | undefined;
  let failingSince: number | undefined;

  function accept(update: WatchUpdate): void {
    if (failingSince !== undefined) onNotice(t('connected_again'));
    failingSince = undefined;
    if (stopped.aborted || isSameUpdate(update, last)) return;
    movedAt = Date.now();
    last = update;
    onUpdate(update);
    if (isEnded(update)) done.abort();
  }

  function showReason(task: ApiTask): void {
    if (Date.now() - movedAt < timing.stillMs || task.waiting_reason?.code === shownReason) return;
    shownReason = task.waiting_reason?.code;
    if (shownReason !== undefined) onNotice(t('waits', { reason: toWaitingSentence(task, toTimeText) ?? '' }));
  }

  async function poll(): Promise<void> {
    const seqBefore = lastSeq;
    try {
      const task = await readTask();
      askedAt = Date.now();
      // What was pushed meanwhile may be newer.
      if (lastSeq !== seqBefore) return;
      accept(fromTask(task, new Date()));
      showReason(task);
    } catch (error) {
      if (stopped.aborted) return;
      if (!(error instanceof CliError) || isLasting(error)) throw error;
      const now = Date.now();
      askedAt = now;
      if (failingSince === undefined) onNotice(t('trying_again', { error: error.message }));
      failingSince ??= now;
      if (now - failingSince >= timing.giveUpMs) throw error;
    }
  }

  onUpdate(last);
  if (isEnded(last)) return last;
  const socket = openProgressSocket({
    ...client.progressSocket(taskId),
    backoff: { baseMs: timing.reconnectBaseMs, capMs: timing.reconnectCapMs },
    onUpdate(push) {
      if (push.task_id !== taskId || push.seq <= lastSeq) return;
      lastSeq = push.seq;
      accept(fromPush(push));
    },
  });
  try {
    while (!stopped.aborted) {
      const dueInMs = Math.max(movedAt, askedAt) + (socket.isLive() ? timing.stillMs : timing.pollMs) - Date.now();
      if (dueInMs > 0) await delay(Math.min(dueInMs, timing.pollMs), stopped);
      else await poll();
    }
  } finally {
    socket.close();
  }
  if (!done.signal.aborted) throw new CliError('interrupted', t('stopped_watching', { task: taskId }));
  return last;
}
