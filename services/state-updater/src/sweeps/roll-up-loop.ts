import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import {
  AppError,
  type Component,
  createComponent,
  type Logger,
  type Span,
  startSpan,
  toTraceId,
  within,
} from '@cyberstroll/runtime';
import type { ProgressWrite, Store } from '@cyberstroll/store';
import { createTurns } from './turns';

/** The name under which this service changes tasks. */
const OPERATOR = 'state-updater';

/** Tasks that are looked at together, and tasks whose transitions are made at the same time. */
const TASKS_PER_LOOK = 500;
const TRANSITIONS_AT_ONCE = 4;
/** State comes first: looks take this share of the time at most, … */
const LOOK_SHARE = 1 / 4;
/** … but no pause is longer than this, in milliseconds. */
const LONGEST_PAUSE_MS = 500;
/** A look that hangs is given up: the next one has another connection. */
const LOOK_WITHIN_MS = 4_000;
/** Progress that tasks' documents get per second, unless one of them would get its own later than this. */
const WRITES_PER_SECOND = 50;
const WRITTEN_WITHIN_MS = 10_000;
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
  /** Milliseconds from one look to the next at least. */
  progressIntervalMs: number;
  /** Milliseconds between two writes of progress to tasks' documents at least. */
  rollUpIntervalMs: number;
  logger: Logger;
}

/**
 * Rolls touched tasks up, in three steps that do not wait for each other:
 *
 * - A look reads all tasks that were touched since the last look, and publishes their progress: at once after a quiet
 *   time, then once per interval, and always once more after the last touch. One look is under way at a time. So a slow
 *   database is asked less often, for more tasks at once.
 * - A transition that the look has found due is made, and published too.
 * - The documents of the other tasks get their progress more rarely, many at a time: only lists and alerts read it there.
 *
 * After a crash the sweep of retry-scheduler does what is missing.
 */
export function createRollUpLoop(deps: RollUpLoopDeps): RollUpLoop {
  const { store, realtime, publisher, progressIntervalMs, rollUpIntervalMs, logger } = deps;
  /** Since their last look, each with the span that touched it last. */
  const touched = new Map<string, string | undefined>();
  /** Tasks with a due transition, each with the span of the look that found it. */
  const due = new Map<string, Span>();
  const underWay = new Map<string, Promise<void>>();
  /** Tasks that were seen with a due transition while one was under way: it may be another one. */
  const dueAgain = new Set<string>();
  /** What the documents do not show yet. */
  const unwritten = new Map<string, ProgressWrite>();

  async function look(): Promise<void> {
    const some = takeFirst(touched, TASKS_PER_LOOK);
    const spans = new Map(
      some.map(([taskId, parent]) => {
        const attributes = { 'cyberstroll.task_id': taskId };
        return [taskId, startSpan('roll up', { parent, attributes })];
      }),
    );
    try {
      const looked = store.tasks.findRollUps([...spans.keys()]);
      const rollUps = await within(looked, LOOK_WITHIN_MS, () => new AppError('mongodb_unavailable'));
      const published = rollUps.map(({ snapshot }) => publish(snapshot, spans.get(snapshot.task_id)!));
      for (const { snapshot, isDue, write } of rollUps) {
        const { task_id } = snapshot;
        if (write) unwritten.set(task_id, write);
        else unwritten.delete(task_id);
        if (!isDue) continue;
        if (underWay.has(task_id)) dueAgain.add(task_id);
        else if (!due.has(task_id)) {
          due.set(task_id, spans.get(task_id)!);
          spans.delete(task_id);
        }
      }
      makeTransitions();
      writes.schedule();
      await Promise.all(published);
      endAll(spans);
    } catch (err) {
      endAll(spans, err);
      logger.warn({ tasks: some.length, err }, 'roll-up failed');
    }
  }

  function publish(snapshot: ProgressSnapshot, { traceparent = snapshot.traceparent }: Span): Promise<unknown> {
    return realtime.publishProgress(traceparent === undefined ? snapshot : { ...snapshot, traceparent });
  }

  function makeTransitions(): void {
    for (const [taskId, span] of takeFirst(due, TRANSITIONS_AT_ONCE - underWay.size)) {
      const made = makeTransition(taskId, span).finally(() => {
        underWay.delete(taskId);
        if (dueAgain.delete(taskId)) touch([taskId]);
        makeTransitions();
      });
      underWay.set(taskId, made);
    }
  }

  async function makeTransition(taskId: string, span: Span): Promise<void> {
    try {
      const { snapshot, steps } = await span.run(() => store.tasks.calculateTaskProgress(taskId, OPERATOR));
      await publish(snapshot, span);
      for (const { status, reason } of steps) {
        const change = { task_id: taskId, status, reason, operator: OPERATOR };
        publishTaskChange(publisher, { ...change, timestamp: new Date(snapshot.timestamp) });
        logger.info({ ...change, trace_id: toTraceId(span.traceparent ?? snapshot.traceparent) }, 'task changed');
      }
      span.end();
    } catch (err) {
      span.end({ error: err });
      logger.warn({ task_id: taskId, err }, 'roll-up failed');
    }
  }

  /** Those first that have waited longest. */
  async function write(count: number): Promise<void> {
    const some = takeFirst(unwritten, count);
    try {
      const areWritten = await store.tasks.writeProgress(some.map(([, each]) => each));
      if (!areWritten) touch(some.map(([taskId]) => taskId));
    } catch (err) {
      logger.warn({ tasks: some.length, err }, 'roll-up failed');
    }
  }

  const looks = createTurns({
    isWanted: () => touched.size > 0,
    run: look,
    toIntervalMs(tookMs) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, tookMs / LOOK_SHARE - tookMs);
      return Math.max(progressIntervalMs, tookMs + pauseMs);
    },
  });
  const writes = createTurns({
    isWanted: () => unwritten.size > 0,
    run: () =>
      write(Math.ceil(Math.max(WRITES_PER_SECOND / 1_000, unwritten.size / WRITTEN_WITHIN_MS) * rollUpIntervalMs)),
    toIntervalMs: () => rollUpIntervalMs,
  });

  async function finish(): Promise<void> {
    await looks.stop();
    while (touched.size > 0) await look();
    while (underWay.size > 0) await Promise.all(underWay.values());
    await writes.stop();
    while (unwritten.size > 0) await write(TASKS_PER_LOOK);
  }

  function touch(taskIds: Iterable<string>, spans?: ReadonlyMap<string, Pick<Span, 'traceparent'>>): void {
    for (const taskId of taskIds) touched.set(taskId, spans?.get(taskId)?.traceparent ?? touched.get(taskId));
    looks.schedule();
  }

  return {
    ...createComponent('roll-up', {
      async stop() {
        await within(finish(), STOP_WITHIN_MS, () => new Error('the last looks did not end in time')).catch(
          (err: unknown) => logger.warn({ err }, 'stopped before the last roll-ups'),
        );
      },
    }),
    touch,
  };
}

/** Removes the first `count` entries. */
function takeFirst<Key, Value>(map: Map<Key, Value>, count: number): [Key, Value][] {
  const taken: [Key, Value][] = [];
  for (const entry of map) {
    if (taken.length >= count) break;
    taken.push(entry);
  }
  for (const [key] of taken) map.delete(key);
  return taken;
}

function endAll(spans: ReadonlyMap<string, Span>, error?: unknown): void {
  for (const span of spans.values()) span.end({ error });
}
