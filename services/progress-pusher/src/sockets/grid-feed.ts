import type { Event } from '@cyberstroll/contracts';
import { type Change, encodeChanges, joinChanges } from '@cyberstroll/grid';
import { type Component, createComponent, type Logger } from '@cyberstroll/runtime';
import { toChanges } from '../core/to-changes';
import type { ListenToSubTasks } from './subtask-events';

/** Milliseconds between two frames of a task. */
const FRAME_MS = 250;

/** RabbitMQ gives events within this time, in milliseconds, or subscribers learn that none comes. */
const LISTENS_WITHIN_MS = 2_000;
/** Clients that read the snapshot again at the same time spread their reads: this many milliseconds for each. */
const SPREAD_MS = 50;

/** Why a client must read the snapshot again: it may have missed changes. */
export type ReloadReason = 'subscribed' | 'broker_back' | 'too_slow';

export interface GridSubscriber {
  /** Changes of its task, encoded once for all subscribers. */
  push(frame: Uint8Array): void;
  /** `spreadMs`: the client waits for a random part of it before it reads. */
  reload(reason: ReloadReason, spreadMs?: number): void;
  /** No change comes for now. */
  away(): void;
  /** Called several times a second. */
  tick(): void;
}

export interface GridFeed extends Component {
  /** Gives the task's changes to the subscriber until `leave` is called. */
  join(taskId: string, subscriber: GridSubscriber): () => void;
}

interface WatchedTask {
  subscribers: Set<GridSubscriber>;
  /** Changes since the last frame, by index. */
  changes: Map<number, Change[]>;
}

/**
 * The changes of the tasks whose grid is watched. They come from the exchange `cs.events`. This process listens to it
 * only as long as a grid is watched. The store is never asked. Once events arrive, and again after each time without
 * them, every subscriber reads the snapshot. So it misses nothing, and what the snapshot has already does no harm.
 */
export function createGridFeed({ listen, logger }: { listen: ListenToSubTasks; logger: Logger }): GridFeed {
  const tasks = new Map<string, WatchedTask>();
  let listening: { close: () => Promise<void> } | undefined;
  /** Undefined as long as it is not known yet. */
  let isListening: boolean | undefined;
  let timer: NodeJS.Timeout | undefined;
  let giveUp: NodeJS.Timeout | undefined;

  function* listSubscribers() {
    for (const { subscribers } of tasks.values()) yield* subscribers;
  }

  function onEvent(event: Event) {
    const task = event.task_id === undefined ? undefined : tasks.get(event.task_id);
    if (!task) return;
    for (const change of toChanges(event)) {
      const known = task.changes.get(change.index);
      if (known) known.push(change);
      else task.changes.set(change.index, [change]);
    }
  }

  function flush() {
    for (const { subscribers, changes } of tasks.values()) {
      const frame = changes.size > 0 ? encodeChanges([...changes.values()].flatMap(joinChanges)) : undefined;
      changes.clear();
      for (const subscriber of subscribers) {
        subscriber.tick();
        if (frame) subscriber.push(frame);
      }
    }
  }

  function open() {
    let wasListening = false;
    function note(now: boolean) {
      clearTimeout(giveUp);
      isListening = now;
      const subscribers = [...listSubscribers()];
      for (const subscriber of subscribers) {
        if (now) subscriber.reload(wasListening ? 'broker_back' : 'subscribed', subscribers.length * SPREAD_MS);
        else subscriber.away();
      }
      wasListening ||= now;
    }
    const opened = listen({ onEvent, onListening: (now) => listening === opened && note(now) });
    listening = opened;
    timer = setInterval(flush, FRAME_MS);
    giveUp = setTimeout(() => note(false), LISTENS_WITHIN_MS);
  }

  async function close(): Promise<void> {
    const closing = listening;
    listening = undefined;
    isListening = undefined;
    clearInterval(timer);
    clearTimeout(giveUp);
    await closing?.close().catch((err: unknown) => logger.warn({ err }, 'listening to events did not end well'));
  }

  return {
    ...createComponent('grid feed', {
      async stop() {
        tasks.clear();
        await close();
      },
    }),
    join(taskId, subscriber) {
      const task = tasks.get(taskId) ?? { subscribers: new Set(), changes: new Map() };
      tasks.set(taskId, task);
      task.subscribers.add(subscriber);
      if (!listening) open();
      if (isListening) subscriber.reload('subscribed');
      if (isListening === false) subscriber.away();
      return function leave() {
        task.subscribers.delete(subscriber);
        if (task.subscribers.size === 0 && tasks.get(taskId) === task) tasks.delete(taskId);
        if (tasks.size === 0) void close();
      };
    },
  };
}
