import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import {
  type Component,
  createComponent,
  delay,
  type Logger,
  type Span,
  startSpan,
  toTraceId,
  within,
} from '@cyberstroll/runtime';
import type { Store } from '@cyberstroll/store';

/** The name under which this service changes tasks. */
const OPERATOR = 'state-updater';

/**
 * Looks per second at all tasks together, and how many of them write. With more moving tasks, each is looked at less
 * often: state comes first.
 */
const MOST_LOOKS_PER_SECOND = 500;
const MOST_WRITES_PER_SECOND = 200;
/** For the same reason the looks at one task take a quarter of the time at most, … */
const LOOK_SHARE = 1 / 4;
/** … but no pause is longer than this, in milliseconds. */
const LONGEST_PAUSE_MS = 500;
/** A look may wait for a database that does not come back: `stop` waits for no longer than this. */
const STOP_WITHIN_MS = 3_000;

export interface RollUpLoop extends Component {
  /**
   * The counters of these tasks have changed: the progress of each is published soon. `spans` has, by traced task, the
   * span that changed it.
   */
  touch(taskIds: Iterable<string>, spans?: ReadonlyMap<string, Pick<Span, 'traceparent'>>): void;
}

export interface RollUpLoopDeps {
  store: Pick<Store, 'tasks'>;
  realtime: Pick<Realtime, 'publishProgress'>;
  publisher: Publisher;
  /** Milliseconds between two looks at a task at least. */
  progressIntervalMs: number;
  /** Milliseconds between two roll-ups of a task at least. */
  rollUpIntervalMs: number;
  logger: Logger;
}

/** A task that has changed of late. */
interface MovingTask {
  /** When the next look is due, on the clock of `performance`; undefined if none is. */
  dueAt?: number | undefined;
  timer?: NodeJS.Timeout;
  running?: Promise<void> | undefined;
  /** When the last look began, and the milliseconds that it took. */
  lookedAt: number;
  tookMs: number;
  /** When its document last got its progress. */
  writtenAt: number;
  /** The span that touched it last since the last look. */
  parent?: string | undefined;
}

/**
 * Looks at touched tasks: publishes their progress, and makes the transitions that it demands. At once after a quiet
 * time, then at most once per interval and task, and always once more after the last touch. The document of the task
 * gets its progress more rarely: that is a write, and whoever reads one task reads its counters. After a crash the
 * sweep of retry-scheduler does the roll-ups that are missing.
 */
export function createRollUpLoop(deps: RollUpLoopDeps): RollUpLoop {
  const { store, realtime, publisher, progressIntervalMs, rollUpIntervalMs, logger } = deps;
  const moving = new Map<string, MovingTask>();
  let stopped = false;
  /** When the last look that was allowed may begin. */
  let turnAt = Number.NEGATIVE_INFINITY;

  async function look(taskId: string, task: MovingTask): Promise<void> {
    const { parent } = task;
    task.parent = undefined;
    task.lookedAt = performance.now();
    const write = stopped || task.lookedAt - task.writtenAt >= toWriteIntervalMs();
    const span = startSpan('roll up', { parent, attributes: { 'cyberstroll.task_id': taskId } });
    try {
      const { snapshot, isWritten, steps } = await span.run(() =>
        store.tasks.calculateTaskProgress(taskId, OPERATOR, { write }),
      );
      const traceparent = span.traceparent ?? snapshot.traceparent;
      await realtime.publishProgress(traceparent === undefined ? snapshot : { ...snapshot, traceparent });
      for (const { status, reason } of steps) {
        const change = { task_id: taskId, status, reason, operator: OPERATOR };
        publishTaskChange(publisher, { ...change, timestamp: new Date(snapshot.timestamp) });
        logger.info({ ...change, trace_id: toTraceId(traceparent) }, 'task changed');
      }
      if (isWritten) task.writtenAt = task.lookedAt;
      else if (!write) schedule(taskId, task, task.writtenAt + toWriteIntervalMs());
      span.end();
    } catch (err) {
      span.end({ error: err });
      logger.warn({ task_id: taskId, err }, 'roll-up failed');
    }
    task.tookMs = performance.now() - task.lookedAt;
  }

  function toIntervalMs({ tookMs }: MovingTask): number {
    const shareMs = Math.min(LONGEST_PAUSE_MS, tookMs / LOOK_SHARE);
    return Math.max(progressIntervalMs, shareMs);
  }

  const toWriteIntervalMs = () => Math.max(rollUpIntervalMs, (moving.size * 1_000) / MOST_WRITES_PER_SECOND);

  /** Resolves when one more look is allowed. */
  async function waitForTurn(): Promise<void> {
    const now = performance.now();
    turnAt = Math.max(now, turnAt + 1_000 / MOST_LOOKS_PER_SECOND);
    if (turnAt > now) await delay(turnAt - now);
  }

  /** A look that is due earlier stays. */
  function schedule(taskId: string, task: MovingTask, at: number): void {
    if (stopped || (task.dueAt !== undefined && task.dueAt <= at)) return;
    clearTimeout(task.timer);
    task.dueAt = at;
    task.timer = setTimeout(() => void begin(taskId, task), Math.max(0, at - performance.now()));
  }

  /** Begins when the last look has ended. */
  async function begin(taskId: string, task: MovingTask): Promise<void> {
    await task.running;
    await waitForTurn();
    task.dueAt = undefined;
    if (stopped) return;
    task.running = look(taskId, task).finally(() => {
      task.running = undefined;
      setTimeout(() => forget(taskId, task), 2 * toIntervalMs(task)).unref();
    });
  }

  function forget(taskId: string, task: MovingTask): void {
    const isQuiet = task.dueAt === undefined && task.running === undefined;
    if (isQuiet && performance.now() - task.lookedAt >= toIntervalMs(task)) moving.delete(taskId);
  }

  return {
    ...createComponent('roll-up', {
      async stop() {
        stopped = true;
        const left = [...moving].filter(([, { dueAt }]) => dueAt !== undefined);
        for (const { timer } of moving.values()) clearTimeout(timer);
        const lookLast = async () => {
          await Promise.all([...moving.values()].map(({ running }) => running));
          await Promise.all(left.map(([taskId, task]) => look(taskId, task)));
        };
        await within(lookLast(), STOP_WITHIN_MS, () => new Error('the last looks did not end in time')).catch(
          (err: unknown) => logger.warn({ err }, 'stopped before the last roll-ups'),
        );
      },
    }),
    touch(taskIds, spans) {
      for (const taskId of taskIds) {
        const task: MovingTask = moving.get(taskId) ?? {
          lookedAt: Number.NEGATIVE_INFINITY,
          tookMs: 0,
          writtenAt: Number.NEGATIVE_INFINITY,
        };
        moving.set(taskId, task);
        task.parent = spans?.get(taskId)?.traceparent ?? task.parent;
        schedule(taskId, task, task.lookedAt + toIntervalMs(task));
      }
    },
  };
}
