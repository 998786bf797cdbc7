import type { ProgressSnapshot } from '@cyberstroll/contracts';
import type { Realtime } from '@cyberstroll/realtime';
import { createComponent, type Logger, logFailure, toAppError } from '@cyberstroll/runtime';
import { createAllTasksFeed, type TaskMark } from './all-tasks-feed';
import type { Batch } from './batch';
import type { SnapshotCounter } from './snapshot-counter';
import { type Frame, SENDS_PER_MS, toFrame } from './task-channel';

export interface AllTasksDeps {
  realtime: Pick<Realtime, 'subscribeAllProgress'>;
  /** Open tasks by id, after `after`. */
  findOpen: (limit: number, after: string | undefined) => Promise<TaskMark[]>;
  findSnapshots: (taskIds: readonly string[]) => Promise<ProgressSnapshot[]>;
  countSnapshot: SnapshotCounter;
  pushIntervalMs: number;
  logger: Logger;
}

export interface AllTasksSubscriber {
  /** Takes the batch now, or keeps the newest frame of each task. */
  push(batch: Batch): void;
  /** Called several times a second. */
  tick(): void;
}

/** The place of a subscriber in the channel. */
export interface Seat {
  /** From now on it gets the frames of these tasks alone: the present ones of those that are new to it first. */
  name(taskIds: readonly string[]): void;
  leave(): void;
}

export type AllTasksChannel = ReturnType<typeof createAllTasksChannel>;

interface Member {
  subscriber: AllTasksSubscriber;
  /** The tasks that it has named; all if undefined. */
  named: ReadonlySet<string> | undefined;
  /** It waits for its first batch, with all open tasks. */
  isNew: boolean;
  /** Named tasks whose present frames it has not got. */
  owed: ReadonlySet<string>;
}

/** Open tasks that a new subscriber gets, the newest. */
const MAX_SHOWN = 1_000;
/** Tasks that the feed remembers. */
const MAX_TASKS = 20_000;
const POLL_MS = 1_000;
/** Tasks per poll, and per read of snapshots. */
const PAGE = 1_000;
const READ = 200;
const TICK_MS = 250;
/** Between two batches at least. People and pages see no difference. */
const BATCH_MS = 250;
const NONE: ReadonlySet<string> = new Set();
/** The feed stays for this long without subscribers, since they often come back at once. */
const LINGER_MS = 10_000;

/**
 * The subscribers to all tasks on this replica. They share one subscription in Redis and one poll of the store,
 * however many tasks and subscribers there are. What changes goes out in batches, each encoded once for all of them.
 * The poll reads a page of open tasks each second, and the counters of those alone that have changed unseen: without
 * Redis each task is up to date after one round of the pages.
 */
export function createAllTasksChannel(deps: AllTasksDeps) {
  const members = new Set<Member>();
  let run: ReturnType<typeof open> | undefined;
  let emptySince = performance.now();
  let ticker: NodeJS.Timeout | undefined;

  function open() {
    const feed = createAllTasksFeed(MAX_TASKS);
    const frames = new WeakMap<ProgressSnapshot, Frame>();
    /** The open tasks of the present round of pages. */
    let seen = new Set<string>();
    let after: string | undefined;
    let flushTimer: NodeJS.Timeout | undefined;
    let flushedAt = Number.NEGATIVE_INFINITY;
    let pollTimer: NodeJS.Timeout | undefined;
    let closed = false;

    function encode(snapshot: ProgressSnapshot): Frame {
      const frame = frames.get(snapshot) ?? toFrame(snapshot);
      frames.set(snapshot, frame);
      return frame;
    }

    function flush() {
      flushTimer = undefined;
      flushedAt = performance.now();
      const changed = feed.take().map(encode);
      if (members.size > 0) for (const _ of changed) deps.countSnapshot('pushed');
      // One array for all who get the same: it is encoded once.
      const first = [...members].some(({ isNew }) => isNew) ? feed.listOpen(MAX_SHOWN).map(encode) : [];
      for (const member of members) {
        const batch = member.named ? toNamed(changed, member.named, member.owed) : member.isNew ? first : changed;
        if (batch.length > 0 || member.isNew) member.subscriber.push(batch);
        member.isNew = false;
        member.owed = NONE;
      }
    }

    function toNamed(changed: Batch, named: ReadonlySet<string>, owed: ReadonlySet<string>): Batch {
      const present = [...owed].flatMap((taskId) => feed.findOpen(taskId) ?? []).map(encode);
      return [...present, ...changed.filter((frame) => named.has(frame.task_id) && !present.includes(frame))];
    }

    /** Soon after a quiet time, then at most once in an interval that is longer before a crowd. */
    function schedule() {
      const intervalMs = Math.max(BATCH_MS, members.size / SENDS_PER_MS);
      const waitMs = Math.max(deps.pushIntervalMs, flushedAt + intervalMs - performance.now());
      if (!closed) flushTimer ??= setTimeout(flush, waitMs);
    }

    function offer(snapshot: ProgressSnapshot) {
      if (!closed && feed.offer(snapshot)) schedule();
    }

    async function read(taskIds: readonly string[]) {
      for (let first = 0; first < taskIds.length && !closed; first += READ) {
        const asked = taskIds.slice(first, first + READ);
        const found = await deps.findSnapshots(asked);
        for (const snapshot of found) offer(snapshot);
        const left = new Set(asked);
        for (const { task_id } of found) left.delete(task_id);
        for (const taskId of left) feed.forget(taskId);
      }
    }

    async function findPage() {
      const page = await deps.findOpen(PAGE, after);
      for (const { task_id } of page) seen.add(task_id);
      after = page.length < PAGE ? undefined : page.at(-1)!.task_id;
      return page;
    }

    /** Notes every open task, and reads those that a subscriber is shown. */
    async function load() {
      let newest: TaskMark[] = [];
      do {
        const page = await findPage();
        for (const mark of page) feed.note(mark);
        newest = [...newest, ...page].slice(-MAX_SHOWN);
      } while (after !== undefined && seen.size < MAX_TASKS);
      await read(newest.map(({ task_id }) => task_id));
      after = undefined;
      seen = new Set();
      void poll();
    }

    async function pollOnce() {
      const page = await findPage();
      await read(page.filter(feed.isNews).map(({ task_id }) => task_id));
      for (const mark of page) feed.note(mark);
      if (after !== undefined) return;
      // The round is complete: a task that was in none of its pages is no longer open.
      const ended = feed.listOpen().filter(({ task_id }) => !seen.has(task_id));
      seen = new Set();
      await read(ended.map(({ task_id }) => task_id));
    }

    async function poll() {
      await pollOnce().catch((error) => deps.logger.debug({ code: toAppError(error).code }, 'tasks read failed'));
      if (!closed) pollTimer = setTimeout(() => void poll(), POLL_MS);
    }

    const subscription = deps.realtime.subscribeAllProgress(offer);
    subscription.catch((err) => logFailure(deps.logger, { err }, 'subscribe failed'));
    return {
      ready: load(),
      schedule,
      async close() {
        closed = true;
        clearTimeout(flushTimer);
        clearTimeout(pollTimer);
        const unsubscribe = await subscription.catch(() => undefined);
        await unsubscribe?.();
      },
    };
  }

  function tick() {
    for (const { subscriber } of members) subscriber.tick();
    if (members.size > 0) emptySince = performance.now();
    else if (performance.now() - emptySince > LINGER_MS) void close();
  }

  /** The ticks end with the feed, unless it ended under its subscribers. */
  async function close() {
    const closing = run;
    run = undefined;
    if (members.size === 0) stopTicks();
    await closing?.close().catch((err) => deps.logger.warn({ err }, 'unsubscribe failed'));
  }

  function stopTicks() {
    clearInterval(ticker);
    ticker = undefined;
  }

  return {
    ...createComponent('all tasks', {
      async stop() {
        stopTicks();
        await close();
      },
    }),
    /** Resolves when the open tasks are known. Rejects if the store cannot be read. */
    async ready(): Promise<void> {
      emptySince = performance.now();
      run ??= open();
      ticker ??= setInterval(tick, TICK_MS);
      const { ready } = run;
      // The next one tries again.
      await ready.catch(async (error) => {
        if (run?.ready === ready) await close();
        throw error;
      });
    },
    /**
     * Gives the subscriber a first batch with a frame of each open task, at most 1,000, and then every change. One that
     * will name its tasks gets nothing before. Call it after `ready`.
     */
    join(subscriber: AllTasksSubscriber, { willName = false }: { willName?: boolean } = {}): Seat {
      const member: Member = { subscriber, named: willName ? NONE : undefined, isNew: !willName, owed: NONE };
      members.add(member);
      run?.schedule();
      return {
        name(taskIds) {
          const before = member.named ?? NONE;
          member.named = new Set(taskIds);
          member.owed = new Set(taskIds.filter((taskId) => !before.has(taskId) || member.owed.has(taskId)));
          run?.schedule();
        },
        leave: () => void members.delete(member),
      };
    },
  };
}
