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

/** Tasks that are read together, that end together, and that are rolled up alone at the same time. */
const TASKS_PER_READ = 500;
const ENDS_TOGETHER = 100;
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
  taskId: string;
  rollUp: FoundRollUp;
  /** Of the read that found it. */
  span: Span;
  state: 'waits' | 'waits alone' | 'under way';
  /** Whether it was read again meanwhile: that may have been too early. */
  isReadAgain: boolean;
}

/**
 * Rolls touched tasks up. Its parts do not wait for each other:
 *
 * - A read takes all tasks that were touched since the last read, and publishes their progress: at once after a quiet
 *   time, then once per interval, and always once more after the last touch. One read is under way at a time. So a slow
 *   database is asked less often, for more tasks at once.
 * - Tasks go to RUNNING together by one command. One that another writer has changed is read again. They end together
 *   in one transaction. If another writer interferes, each is rolled up alone.
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
  const find = (state: Due['state']) => [...due.values()].filter((each) => each.state === state);

  const reads = createTurns({
    isWanted: () => touched.size > 0,
    run: read,
    toIntervalMs(tookMs) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, tookMs / READ_SHARE - tookMs);
      return Math.max(progressIntervalMs, tookMs + pauseMs);
    },
  });
  const transitions = createTurns({ isWanted: () => find('waits').length > 0, run: transition });
  const repeats = createTurns({
    isWanted: () => find('waits alone').length > 0,
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
      const found = store.tasks.findRollUps([...spans.keys()], OPERATOR);
      const rollUps = await within(found, READ_WITHIN_MS, () => new AppError('mongodb_unavailable'));
      const published = rollUps.map(({ snapshot }) =>
        realtime.publishProgress(withTrace(snapshot, spans.get(snapshot.task_id)!)),
      );
      for (const rollUp of rollUps) note(rollUp, spans);
      transitions.schedule();
      writes.schedule();
      await Promise.all(published);
      for (const span of spans.values()) span.end();
    } catch (err) {
      for (const span of spans.values()) span.end({ error: err });
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
    }
  }

  /** Takes the span of a task that becomes due. */
  function note(rollUp: FoundRollUp, spans: Map<string, Span>): void {
    const taskId = rollUp.snapshot.task_id;
    const isDue = rollUp.transitions.length > 0;
    const known = due.get(taskId);
    if (rollUp.write && !isDue) unwritten.set(taskId, rollUp.write);
    else unwritten.delete(taskId);
    if (known) known.isReadAgain = true;
    else if (isDue) {
      due.set(taskId, { taskId, rollUp, span: spans.get(taskId)!, state: 'waits', isReadAgain: false });
      spans.delete(taskId);
    }
  }

  /** Makes the first of the transitions. */
  async function transition(): Promise<void> {
    const waiting = find('waits');
    const begins = waiting.filter(({ rollUp }) => rollUp.write).slice(0, TASKS_PER_READ);
    const ends = waiting.filter(({ rollUp }) => !rollUp.write).slice(0, ENDS_TOGETHER);
    await Promise.all([transitionTogether(begins, begin), transitionTogether(ends, end)]);
  }

  /** What is not made together is made alone. */
  async function transitionTogether(some: readonly Due[], make: (some: readonly Due[]) => Promise<void>): Promise<void> {
    for (const each of some) each.state = 'under way';
    try {
      if (some.length > 0) await make(some);
    } catch (err) {
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
    }
    for (const each of some) each.state = 'waits alone';
    repeats.schedule();
  }

  async function begin(some: readonly Due[]): Promise<void> {
    const written = new Set(await store.tasks.writeRollUps(some.map(({ rollUp }) => rollUp.write!)));
    const all = some.map((each) => {
      const { write: own, after, transitions: made } = each.rollUp;
      if (written.has(own!)) return publish(each, { snapshot: after, transitions: made });
      each.isReadAgain = true;
      return close(each);
    });
    await Promise.all(all);
  }

  async function end(some: readonly Due[]): Promise<void> {
    const taskIds = some.map(({ taskId }) => taskId);
    const { rolledUp } = await store.tasks.transitionTasks(taskIds, OPERATOR);
    await Promise.all(rolledUp.map((each) => publish(due.get(each.snapshot.task_id)!, each)));
  }

  async function transitionAlone(): Promise<void> {
    const [each] = find('waits alone');
    if (!each) return;
    each.state = 'under way';
    try {
      const { taskId, span } = each;
      await publish(each, await span.run(() => store.tasks.calculateTaskProgress(taskId, OPERATOR)));
    } catch (err) {
      close(each, err);
      logFailure(logger, { task_id: each.taskId, err }, 'roll-up failed');
    }
  }

  async function publish(each: Due, { snapshot, transitions: made }: TaskRollUp): Promise<void> {
    const facts = { task_id: each.taskId, operator: OPERATOR, timestamp: new Date(snapshot.timestamp) };
    await publishTaskChange(deps, { ...facts, transitions: made, snapshot: withTrace(snapshot, each.span) });
    close(each);
  }

  function close({ taskId, span, isReadAgain }: Due, error?: unknown): void {
    span.end({ error });
    due.delete(taskId);
    if (isReadAgain) touch([taskId]);
  }

  /** Those first that have waited longest. */
  async function write(count: number): Promise<void> {
    const some = takeFirst(unwritten, count).map(([, each]) => each);
    try {
      const written = new Set(await store.tasks.writeRollUps(some));
      touch(some.filter((each) => !written.has(each)).map(({ task }) => task.task_id));
    } catch (err) {
      logFailure(logger, { tasks: some.length, err }, 'roll-up failed');
    }
  }

  async function finish(): Promise<void> {
    await Promise.all([reads, transitions, repeats, writes].map((turns) => turns.stop()));
    while (touched.size + due.size > 0) {
      if (touched.size > 0) await read();
      await transition();
      await Promise.all(find('waits alone').slice(0, ALONE_AT_ONCE).map(transitionAlone));
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
