import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { type Publisher, publishTaskChange } from '@cyberstroll/messaging';
import type { Realtime } from '@cyberstroll/realtime';
import {
  AppError,
  type Component,
  createComponent,
  type Logger,
  logFailure,
  type Span,
  startSpan,
  toTraceId,
  within,
} from '@cyberstroll/runtime';
import type { ProgressWrite, Store, TaskRollUp } from '@cyberstroll/store';
import { createTurns } from './turns';

/** The name under which this service changes tasks. */
const OPERATOR = 'state-updater';

/** Tasks that are looked at together, that end together, and that are rolled up alone at the same time. */
const TASKS_PER_LOOK = 500;
const ENDS_TOGETHER = 100;
const ALONE_AT_ONCE = 4;
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
 * Rolls touched tasks up, in steps that do not wait for each other:
 *
 * - A look reads all tasks that were touched since the last look, and publishes their progress: at once after a quiet
 *   time, then once per interval, and always once more after the last touch. One look is under way at a time. So a slow
 *   database is asked less often, for more tasks at once.
 * - A task goes to RUNNING together with others by one command; then it is looked at again. It ends together with
 *   others in one transaction. If another writer interferes, each is rolled up alone.
 * - The documents of the other tasks get their progress more rarely, many at a time: only lists and alerts read it
 *   there.
 *
 * After a crash the sweep of retry-scheduler does what is missing.
 */
export function createRollUpLoop(deps: RollUpLoopDeps): RollUpLoop {
  const { store, realtime, publisher, progressIntervalMs, rollUpIntervalMs, logger } = deps;
  /** Since their last look, each with the span that touched it last. */
  const touched = new Map<string, string | undefined>();
  /** Tasks that go to RUNNING, until it is done. Here and below: each with the span of the look that found it. */
  const beginning = new Map<string, { write: ProgressWrite; snapshot: ProgressSnapshot; span: Span }>();
  /** Tasks that end. */
  const ending = new Map<string, Span>();
  /** Tasks that are rolled up alone: they failed to begin or to end together with others. */
  const alone = new Map<string, Span>();
  /** Ends and roll-ups under way; and tasks that were looked at meanwhile: these may have come too early for them. */
  const underWay = new Map<string, Promise<void>>();
  const seenMeanwhile = new Set<string>();
  let rollingUp = 0;
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
      const looked = store.tasks.findRollUps([...spans.keys()], OPERATOR);
      const rollUps = await within(looked, LOOK_WITHIN_MS, () => new AppError('mongodb_unavailable'));
      const published = rollUps.map(({ snapshot }) => publish(snapshot, spans.get(snapshot.task_id)!));
      for (const { snapshot, steps, write } of rollUps) {
        const { task_id } = snapshot;
        if (write && steps.length === 0) unwritten.set(task_id, write);
        else unwritten.delete(task_id);
        if (underWay.has(task_id)) seenMeanwhile.add(task_id);
        else if (steps.length > 0 && ![beginning, ending, alone].some((waiting) => waiting.has(task_id))) {
          const span = spans.get(task_id)!;
          spans.delete(task_id);
          if (write) beginning.set(task_id, { write, snapshot, span });
          else ending.set(task_id, span);
        }
      }
      begins.schedule();
      ends.schedule();
      writes.schedule();
      await Promise.all(published);
      endAll(spans);
    } catch (err) {
      endAll(spans, err);
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
    }
  }

  function publish(snapshot: ProgressSnapshot, { traceparent = snapshot.traceparent }: Span): Promise<unknown> {
    return realtime.publishProgress(traceparent === undefined ? snapshot : { ...snapshot, traceparent });
  }

  /** Makes the first of the tasks RUNNING. Each is looked at again, whether that is done or it had changed. */
  async function begin(): Promise<void> {
    const some = [...beginning].slice(0, TASKS_PER_LOOK);
    try {
      const left = new Set(await store.tasks.writeProgress(some.map(([, { write }]) => write)));
      for (const [, { write, snapshot, span }] of some) {
        if (!left.has(write)) report(write.steps, snapshot, span);
        span.end();
      }
      touch(some.map(([taskId]) => taskId));
    } catch (err) {
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
      for (const [taskId, { span }] of some) alone.set(taskId, span);
      rollUpAlone();
    }
    for (const [taskId] of some) beginning.delete(taskId);
  }

  /** Ends the first of the tasks. Those that do not end together with the others are rolled up alone. */
  async function end(): Promise<void> {
    const spans = new Map(takeFirst(ending, ENDS_TOGETHER));
    const work = endTogether(spans).finally(() => leaveWay([...spans.keys()]));
    for (const taskId of spans.keys()) underWay.set(taskId, work);
    await work;
    rollUpAlone();
  }

  async function endTogether(spans: ReadonlyMap<string, Span>): Promise<void> {
    const left = new Map(spans);
    try {
      const ended = await store.tasks.endTasks([...spans.keys()], OPERATOR);
      for (const { snapshot } of ended) left.delete(snapshot.task_id);
      await Promise.all(ended.map((rollUp) => show(rollUp, spans.get(rollUp.snapshot.task_id)!)));
    } catch (err) {
      logFailure(logger, { tasks: spans.size, err }, 'roll-up failed');
    }
    for (const [taskId, span] of left) alone.set(taskId, span);
  }

  function rollUpAlone(): void {
    for (const [taskId, span] of takeFirst(alone, ALONE_AT_ONCE - rollingUp)) {
      rollingUp++;
      const rolledUp = rollUp(taskId, span).finally(() => {
        rollingUp--;
        leaveWay([taskId]);
        rollUpAlone();
      });
      underWay.set(taskId, rolledUp);
    }
  }

  function leaveWay(taskIds: readonly string[]): void {
    for (const taskId of taskIds) underWay.delete(taskId);
    touch(taskIds.filter((taskId) => seenMeanwhile.delete(taskId)));
  }

  async function rollUp(taskId: string, span: Span): Promise<void> {
    try {
      await show(await span.run(() => store.tasks.calculateTaskProgress(taskId, OPERATOR)), span);
    } catch (err) {
      span.end({ error: err });
      logFailure(logger, { task_id: taskId, err }, 'roll-up failed');
    }
  }

  async function show({ snapshot, steps }: TaskRollUp, span: Span): Promise<void> {
    await publish(snapshot, span);
    report(steps, snapshot, span);
    span.end();
  }

  function report(
    steps: ProgressWrite['steps'],
    { task_id, timestamp, ...snapshot }: ProgressSnapshot,
    { traceparent = snapshot.traceparent }: Span,
  ): void {
    for (const { status, reason } of steps) {
      const change = { task_id, status, reason, operator: OPERATOR };
      publishTaskChange(publisher, { ...change, timestamp: new Date(timestamp) });
      logger.info({ ...change, trace_id: toTraceId(traceparent) }, 'task changed');
    }
  }

  /** Those first that have waited longest. */
  async function write(count: number): Promise<void> {
    const some = takeFirst(unwritten, count).map(([, each]) => each);
    try {
      const left = await store.tasks.writeProgress(some);
      touch(left.map(({ task_id }) => task_id));
    } catch (err) {
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
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
  const begins = createTurns({ isWanted: () => beginning.size > 0, run: begin, toIntervalMs: () => 0 });
  const ends = createTurns({ isWanted: () => ending.size > 0, run: end, toIntervalMs: () => 0 });
  const writes = createTurns({
    isWanted: () => unwritten.size > 0,
    run: () =>
      write(Math.ceil(Math.max(WRITES_PER_SECOND / 1_000, unwritten.size / WRITTEN_WITHIN_MS) * rollUpIntervalMs)),
    toIntervalMs: () => rollUpIntervalMs,
  });

  async function finish(): Promise<void> {
    await Promise.all([looks.stop(), begins.stop(), ends.stop(), writes.stop()]);
    while (touched.size + beginning.size + ending.size > 0) {
      if (touched.size > 0) await look();
      if (beginning.size > 0) await begin();
      if (ending.size > 0) await end();
    }
    while (underWay.size > 0) await Promise.all(underWay.values());
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
