import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import { type Component, createComponent, type Logger, type Span, startSpan, toTraceId } from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** The name under which this service changes tasks. */
const OPERATOR = 'state-updater';

/**
 * Roll-ups per second of all tasks together. With more moving tasks, each is rolled up less often: state comes first.
 */
const MOST_PER_SECOND = 200;

export interface RollUpLoop extends Component {
  /**
   * The counters of these tasks have changed: each task is rolled up soon, at most once per interval. `spans` has, by
   * traced task, the span that changed it.
   */
  touch(taskIds: Iterable<string>, spans?: ReadonlyMap<string, Pick<Span, 'traceparent'>>): void;
}

/**
 * Rolls touched tasks up and publishes their progress: at once after a quiet time, then at most once per interval and
 * task, and always once more after the last touch. With many moving tasks the interval grows. After a crash the sweep
 * of retry-scheduler does the roll-ups that are missing.
 */
export function createRollUpLoop(deps: {
  store: Pick<Store, 'tasks'>;
  realtime: Realtime;
  publisher: Publisher;
  intervalMs: number;
  logger: Logger;
}): RollUpLoop {
  const { store, realtime, publisher, intervalMs, logger } = deps;
  const waiting = new Map<string, NodeJS.Timeout>();
  const running = new Map<string, Promise<void>>();
  const lastBegun = new Map<string, number>();
  /** By task, the span that touched it last since its last roll-up. */
  const parents = new Map<string, string>();
  let stopped = false;

  async function rollUp(taskId: string): Promise<void> {
    const parent = parents.get(taskId);
    parents.delete(taskId);
    const span = startSpan('roll up', { parent, attributes: { 'cyberstroll.task_id': taskId } });
    try {
      const { snapshot, steps } = await span.run(() => store.tasks.calculateTaskProgress(taskId, OPERATOR));
      const traceparent = span.traceparent ?? snapshot.traceparent;
      await realtime.publishProgress(traceparent === undefined ? snapshot : { ...snapshot, traceparent });
      for (const { status, reason } of steps) {
        const change = { task_id: taskId, status, reason, operator: OPERATOR };
        publishTaskChange(publisher, { ...change, timestamp: new Date(snapshot.timestamp) });
        logger.info({ ...change, trace_id: toTraceId(traceparent) }, 'task changed');
      }
      span.end();
    } catch (err) {
      span.end({ error: err });
      logger.warn({ task_id: taskId, err }, 'roll-up failed');
    }
  }

  const toIntervalMs = () => Math.max(intervalMs, (lastBegun.size * 1_000) / MOST_PER_SECOND);

  /** Begins when the interval since the last one is over and the last one has ended. */
  function schedule(taskId: string): void {
    if (stopped || waiting.has(taskId)) return;
    const dueMs = (lastBegun.get(taskId) ?? Number.NEGATIVE_INFINITY) + toIntervalMs() - performance.now();
    const begin = async () => {
      await running.get(taskId);
      waiting.delete(taskId);
      lastBegun.set(taskId, performance.now());
      const run = rollUp(taskId).finally(() => running.delete(taskId));
      running.set(taskId, run);
      setTimeout(() => forget(taskId), 2 * toIntervalMs()).unref();
    };
    waiting.set(
      taskId,
      setTimeout(() => void begin(), Math.max(0, dueMs)),
    );
  }

  function forget(taskId: string): void {
    const begun = lastBegun.get(taskId);
    if (begun !== undefined && performance.now() - begun >= intervalMs && !waiting.has(taskId))
      lastBegun.delete(taskId);
  }

  return {
    ...createComponent('roll-up', {
      async stop() {
        stopped = true;
        const left = [...waiting.keys()];
        for (const timer of waiting.values()) clearTimeout(timer);
        waiting.clear();
        await Promise.all(running.values());
        await Promise.all(left.map(rollUp));
      },
    }),
    touch(taskIds, spans) {
      for (const taskId of taskIds) {
        const traceparent = spans?.get(taskId)?.traceparent;
        if (traceparent !== undefined) parents.set(taskId, traceparent);
        schedule(taskId);
      }
    },
  };
}
