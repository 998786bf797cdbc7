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
  within,
} from '@cyberstroll/runtime';
import type { FoundRollUp, Store, TaskRollUp, TaskWrite } from '@cyberstroll/store';
import { createTurns } from './turns';

/** The name under which this service changes tasks. */
const OPERATOR = 'state-updater';

/** Tasks that are read together, whose transitions are made together, and that are rolled up alone at a time. */
const TASKS_PER_READ = 500;
const TOGETHER = 100;
const ALONE_AT_ONCE = 4;
/** State comes first: reads take this share of the time at most, … */
const READ_SHARE = 1 / 4;
/** … but no pause is longer than this, in milliseconds. */
const LONGEST_PAUSE_MS = 500;
/** A read that hangs is given up: the next one has another connection. */
const READ_WITHIN_MS = 4_000;
/** Progress that tasks' documents get per second, unless one of them would get its own later than this. */
const WRITES_PER_SECOND = 50;
const WRITTEN_WITHIN_MS = 10_000;
/** A read may wait for a database that does not come back: `stop` waits for no longer than this. */
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
  /** Milliseconds from one read to the next at least. */
  progressIntervalMs: number;
  /** Milliseconds between two writes of progress to tasks' documents at least. */
  rollUpIntervalMs: number;
  logger: Logger;
}

/** A task whose transitions are due. */
interface Due {
  /** Of the read that found it. */
  span: Span;
  /** It waits for others that are due, or for its turn alone, or its transitions are being made. */
  state: 'together' | 'alone' | 'under way';
  /** Whether it was read again meanwhile: that may have been too early. */
  isReadAgain: boolean;
}

/**
 * Rolls touched tasks up. Its parts do not wait for each other:
 *
 * - A read takes all tasks that were touched since the last read, and publishes their progress: at once after a quiet
 *   time, then once per interval, and always once more after the last touch. One read is under way at a time. So a slow
 *   database is asked less often, for more tasks at once.
 * - The transitions of tasks are made together, those that end a task in one transaction. Where another writer
 *   interferes, each task is rolled up alone.
 * - The documents of the other tasks get their progress more rarely, many at a time: only lists and alerts read it
 *   there.
 *
 * After a crash the sweep of retry-scheduler does what is missing.
 */
export function createRollUpLoop(deps: RollUpLoopDeps): RollUpLoop {
  const { store, realtime, progressIntervalMs, rollUpIntervalMs, logger } = deps;
  /** Since their last read, each with the trace that touched it last. */
  const touched = new Map<string, string | undefined>();
  /** Until their transitions are made. */
  const due = new Map<string, Due>();
  /** What the documents do not show yet. */
  const unwritten = new Map<string, TaskWrite>();
  const find = (state: Due['state']) => [...due].filter(([, each]) => each.state === state).map(([taskId]) => taskId);

  const reads = createTurns({
    isWanted: () => touched.size > 0,
    run: read,
    toIntervalMs(tookMs) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, tookMs / READ_SHARE - tookMs);
      return Math.max(progressIntervalMs, tookMs + pauseMs);
    },
  });
  const transitions = createTurns({ isWanted: () => find('together').length > 0, run: transitionTogether });
  const repeats = createTurns({
    isWanted: () => find('alone').length > 0,
    run: transitionAlone,
    atOnce: ALONE_AT_ONCE,
  });
  const writes = createTurns({
    isWanted: () => unwritten.size > 0,
    run: () =>
      write(Math.ceil(Math.max(WRITES_PER_SECOND / 1_000, unwritten.size / WRITTEN_WITHIN_MS) * rollUpIntervalMs)),
    toIntervalMs: () => rollUpIntervalMs,
  });

  function touch(taskIds: Iterable<string>, spans?: ReadonlyMap<string, Pick<Span, 'traceparent'>>): void {
    for (const taskId of taskIds) touched.set(taskId, spans?.get(taskId)?.traceparent ?? touched.get(taskId));
    reads.schedule();
  }

  async function read(): Promise<void> {
    const some = takeFirst(touched, TASKS_PER_READ);
    const spans = new Map(
      some.map(([taskId, parent]) => {
        const attributes = { 'cyberstroll.task_id': taskId };
        return [taskId, startSpan('roll up', { parent, attributes })];
      }),
    );
    try {
      const found = store.tasks.findRollUps([...spans.keys()]);
      const rollUps = await within(found, READ_WITHIN_MS, () => new AppError('mongodb_unavailable'));
      const published = rollUps.map(({ snapshot }) =>
        realtime.publishProgress(withTrace(snapshot, spans.get(snapshot.task_id)!)),
      );
      for (const rollUp of rollUps) sort(rollUp, spans);
      transitions.schedule();
      writes.schedule();
      await Promise.all(published);
      for (const span of spans.values()) span.end();
    } catch (err) {
      for (const span of spans.values()) span.end({ error: err });
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
    }
  }

  /** A task that becomes due keeps its span. */
  function sort({ snapshot: { task_id }, isDue, write: own }: FoundRollUp, spans: Map<string, Span>): void {
    if (own) unwritten.set(task_id, own);
    else unwritten.delete(task_id);
    const known = due.get(task_id);
    if (known) known.isReadAgain = true;
    else if (isDue) {
      due.set(task_id, { span: spans.get(task_id)!, state: 'together', isReadAgain: false });
      spans.delete(task_id);
    }
  }

  /** What is not done together is done alone. */
  async function transitionTogether(): Promise<void> {
    const taskIds = find('together').slice(0, TOGETHER);
    for (const taskId of taskIds) due.get(taskId)!.state = 'under way';
    const left = new Set(taskIds);
    try {
      const { rolledUp } = await store.tasks.transitionTasks(taskIds, OPERATOR);
      for (const { snapshot } of rolledUp) left.delete(snapshot.task_id);
      await Promise.all(rolledUp.map(publish));
    } catch (err) {
      logFailure(logger, { tasks: taskIds.length, err }, 'roll-up failed');
    }
    for (const taskId of left) due.get(taskId)!.state = 'alone';
    repeats.schedule();
  }

  async function transitionAlone(): Promise<void> {
    const taskId = find('alone')[0]!;
    const each = due.get(taskId)!;
    each.state = 'under way';
    try {
      await publish(await each.span.run(() => store.tasks.calculateTaskProgress(taskId, OPERATOR)));
    } catch (err) {
      close(taskId, err);
      logFailure(logger, { task_id: taskId, err }, 'roll-up failed');
    }
  }

  async function publish({ snapshot, transitions: made }: TaskRollUp): Promise<void> {
    const { task_id, timestamp } = snapshot;
    const facts = { task_id, transitions: made, operator: OPERATOR, timestamp: new Date(timestamp) };
    try {
      await publishTaskChange(deps, { ...facts, snapshot: withTrace(snapshot, due.get(task_id)!.span) });
    } finally {
      // A task that stayed due would never be rolled up again.
      close(task_id);
    }
  }

  function close(taskId: string, error?: unknown): void {
    const each = due.get(taskId);
    if (!each) return;
    each.span.end({ error });
    due.delete(taskId);
    if (each.isReadAgain) touch([taskId]);
  }

  /** Those first that have waited longest. */
  async function write(count: number): Promise<void> {
    const some = takeFirst(unwritten, count).map(([, each]) => each);
    try {
      touch(await store.tasks.writeProgress(some));
    } catch (err) {
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
    }
  }

  async function finish(): Promise<void> {
    await Promise.all([reads, transitions, repeats, writes].map((turns) => turns.stop()));
    while (touched.size + due.size > 0) {
      if (touched.size > 0) await read();
      if (find('together').length > 0) await transitionTogether();
      while (find('alone').length > 0) await Promise.all(find('alone').slice(0, ALONE_AT_ONCE).map(transitionAlone));
    }
    while (unwritten.size > 0) await write(TASKS_PER_READ);
  }

  return {
    ...createComponent('roll-up', {
      async stop() {
        await within(finish(), STOP_WITHIN_MS, () => new Error('the last reads did not end in time')).catch(
          (err: unknown) => logger.warn({ err }, 'stopped before the last roll-ups'),
        );
      },
    }),
    touch,
  };
}

const withTrace = (snapshot: ProgressSnapshot, { traceparent }: Span): ProgressSnapshot =>
  traceparent === undefined ? snapshot : { ...snapshot, traceparent };

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
