import type { ProgressSnapshot } from '@cyberstroll/contracts';
import type { ProgressHub } from '@cyberstroll/progress';
import { createComponent, createSharedCalls, type Logger, toAppError } from '@cyberstroll/runtime';
import { createTaskEvents, type EventPlace, type TaskHistory } from '../core/tasks/task-events';

/** A client waits this long before it connects again, in milliseconds. */
const RECONNECT_MS = 2_000;
/** After this long without an event a comment shows that the stream is alive. */
const ALIVE_MS = 15_000;
/** A history that could not be read is read again after this long. */
const READ_AGAIN_MS = 1_000;

export type EventStreams = ReturnType<typeof createEventStreams>;

/**
 * The open streams of events. A stream reads no more than its client takes: of the progress it keeps the newest
 * snapshot, and the changes of the status are in the task's history. All streams of a task share one subscription and
 * its reads. The history is read when the revision of a snapshot has risen.
 */
export function createEventStreams({
  hub,
  readHistory,
  logger,
}: {
  hub: Pick<ProgressHub, 'join'>;
  readHistory: (taskId: string) => Promise<TaskHistory>;
  logger: Logger;
}) {
  const closes = new Set<() => void>();
  const readShared = createSharedCalls<TaskHistory>();
  let stopped = false;

  async function* follow(snapshot: ProgressSnapshot, place: EventPlace | undefined, gone: AbortSignal) {
    const { task_id } = snapshot;
    const events = createTaskEvents(place);
    let isClosed = stopped || gone.aborted;
    let isNews = true;
    let wake = () => {};
    function close() {
      isClosed = true;
      wake();
    }
    gone.addEventListener('abort', close);
    closes.add(close);
    const leaveHub = hub.join(task_id, snapshot, {
      push(frame) {
        events.offer(frame.snapshot);
        isNews = true;
        wake();
      },
      tick: () => undefined,
    });

    async function learn() {
      try {
        events.learn(await readShared(task_id, () => readHistory(task_id)));
      } catch (error) {
        logger.debug({ task_id, code: toAppError(error).code }, 'history read failed');
      }
    }

    const sleep = (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });

    try {
      yield `retry: ${RECONNECT_MS}\n\n`;
      let aliveAt = performance.now();
      while (!isClosed) {
        isNews = false;
        if (events.isBehind()) await learn();
        const isSilent = performance.now() - aliveAt >= ALIVE_MS;
        const text = events.take() || (isSilent ? ':\n\n' : '');
        if (text !== '') {
          yield text;
          aliveAt = performance.now();
        }
        if (events.isOver()) return;
        if (!isNews && !isClosed) await sleep(events.isBehind() ? READ_AGAIN_MS : ALIVE_MS);
      }
    } finally {
      leaveHub();
      closes.delete(close);
      gone.removeEventListener('abort', close);
    }
  }

  return {
    ...createComponent('event streams', {
      stop() {
        stopped = true;
        for (const close of closes) close();
      },
    }),
    /**
     * The events of a task as text, after `place`. They end after the end of the task, when `gone` aborts, and when
     * this component stops; clients then continue elsewhere.
     */
    follow,
    /** Streams that are open. */
    count: (): number => closes.size,
  };
}
