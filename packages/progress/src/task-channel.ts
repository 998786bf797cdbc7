import { type ProgressSnapshot, toProgressUpdate } from '@cyberstroll/contracts';
import type { Realtime } from '@cyberstroll/realtime';
import { type Logger, logFailure, startSpan, toAppError } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';
import { createProgressFeed } from './progress-feed';
import type { SnapshotCounter } from './snapshot-counter';
import type { SnapshotSource } from './snapshot-source';

/** A snapshot as it is sent, encoded once for all subscribers. */
export interface Frame {
  task_id: string;
  seq: number;
  snapshot: ProgressSnapshot;
  /** The progress update as JSON. */
  bytes: Buffer;
}

export interface ProgressSubscriber {
  /** Takes the frame now, or keeps it in place of an older one of its task. */
  push(frame: Frame): void;
  /** Called several times a second. */
  tick(): void;
}

export interface ChannelDeps {
  realtime: Pick<Realtime, 'subscribeProgress' | 'findProgress' | 'isUsable'>;
  source: SnapshotSource;
  countSnapshot: SnapshotCounter;
  pushIntervalMs: number;
  now: () => number;
  logger: Logger;
}

export const toFrame = (snapshot: ProgressSnapshot): Frame => ({
  task_id: snapshot.task_id,
  seq: snapshot.seq,
  snapshot,
  bytes: Buffer.from(JSON.stringify(toProgressUpdate(snapshot))),
});

/**
 * Milliseconds without news after which the store is read while Redis is not usable. An ended task changes only if an
 * operator retries it.
 */
const QUIET_MS = 1_000;
const QUIET_ENDED_MS = 5_000;
/**
 * While Redis is usable, a quiet task has most likely not changed: the store is read this seldom, in case a publisher
 * has lost its Redis. Not for all tasks at once: up to as long again is added at random.
 */
const QUIET_USABLE_MS = 15_000;

/** Messages that a channel sends in a millisecond, to all its subscribers: before a crowd they are fewer. */
export const SENDS_PER_MS = 20;

export type TaskChannel = ReturnType<typeof createTaskChannel>;

/**
 * All subscribers of one task on this replica. Snapshots come from Redis, and from the store while Redis is
 * unavailable. Each frame is encoded once and given to every subscriber that has not seen it.
 */
export function createTaskChannel(taskId: string, deps: ChannelDeps) {
  /** Each with the `seq` of its last frame. */
  const subscribers = new Map<ProgressSubscriber, number>();
  const feed = createProgressFeed(() => Math.max(deps.pushIntervalMs, subscribers.size / SENDS_PER_MS));
  let lastFrame: Frame | undefined;
  let flushTimer: NodeJS.Timeout | undefined;
  let quietTimer: NodeJS.Timeout | undefined;
  let closed = false;

  function encode(snapshot: ProgressSnapshot): Frame {
    if (lastFrame?.seq !== snapshot.seq) lastFrame = toFrame(snapshot);
    return lastFrame;
  }

  /** A subscriber that joined between two frames has the newer one already. */
  function push(subscriber: ProgressSubscriber, frame: Frame) {
    if (frame.seq <= (subscribers.get(subscriber) ?? -1)) return;
    subscribers.set(subscriber, frame.seq);
    subscriber.push(frame);
  }

  function flush() {
    flushTimer = undefined;
    const snapshot = feed.take(deps.now());
    if (snapshot) {
      deps.countSnapshot('pushed');
      const attributes = { 'cyberstroll.task_id': taskId, 'cyberstroll.subscribers': subscribers.size };
      const { traceparent, end } = startSpan('push progress', { parent: snapshot.traceparent, attributes });
      const frame = encode(traceparent === undefined ? snapshot : { ...snapshot, traceparent });
      for (const subscriber of subscribers.keys()) push(subscriber, frame);
      end();
    }
    schedule();
  }

  function schedule() {
    const waitMs = feed.waitMs(deps.now());
    // Timers may fire a fraction of a millisecond early.
    if (waitMs !== undefined && !flushTimer && !closed) flushTimer = setTimeout(flush, Math.ceil(waitMs));
  }

  function offer(snapshot: ProgressSnapshot) {
    const isWaiting = feed.waitMs(deps.now()) !== undefined;
    if (closed || !feed.offer(snapshot)) return;
    if (isWaiting) deps.countSnapshot('folded');
    if (feed.waitMs(deps.now()) === 0 && !flushTimer) flush();
    else schedule();
  }

  function listenForQuiet() {
    clearTimeout(quietTimer);
    if (closed) return;
    const status = feed.latest()?.status;
    const quietMs = status && isEndedTask(status) ? QUIET_ENDED_MS : QUIET_MS;
    const seldom = deps.now() + QUIET_USABLE_MS * (1 + Math.random());
    const look = () => {
      if (!deps.realtime.isUsable() || deps.now() >= seldom) readStore();
      else quietTimer = setTimeout(look, quietMs);
    };
    quietTimer = setTimeout(look, quietMs);
  }

  function readStore() {
    deps.source
      .find(taskId)
      .then((snapshot) => snapshot && offer(snapshot))
      .catch((error) => deps.logger.debug({ task_id: taskId, code: toAppError(error).code }, 'snapshot read failed'))
      .finally(listenForQuiet);
  }

  const subscription = deps.realtime.subscribeProgress(taskId, (snapshot) => {
    offer(snapshot);
    listenForQuiet();
  });
  subscription
    // Snapshots that were published between the first read and the subscription.
    .then(() => deps.realtime.findProgress(taskId))
    .then((cached) => cached && offer(cached))
    .catch((err) => logFailure(deps.logger, { err, task_id: taskId }, 'subscribe failed'));
  listenForQuiet();

  return {
    /** Sends the first frame at once. */
    join(subscriber: ProgressSubscriber, snapshot: ProgressSnapshot): void {
      offer(snapshot);
      push(subscriber, encode(feed.latest() ?? snapshot));
    },
    leave(subscriber: ProgressSubscriber): void {
      subscribers.delete(subscriber);
    },
    isEmpty: (): boolean => subscribers.size === 0,
    tick(): void {
      for (const subscriber of subscribers.keys()) subscriber.tick();
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(flushTimer);
      clearTimeout(quietTimer);
      const unsubscribe = await subscription.catch(() => undefined);
      await unsubscribe?.();
    },
  };
}
