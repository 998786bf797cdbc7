import type { Progress, ProgressUpdate, Task } from '@cyberstroll/client';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { type LiveSocket, openLiveSocket } from './live-socket';

type Heard = ReadonlyMap<string, ProgressUpdate>;

/** The newest progress of each task that was heard of, by task id. */
const progressByTask = signal<Heard>(new Map());

/** Tasks that the server sends of, at most. */
const MOST_NAMED = 100;
/** What is heard is shown once in this many milliseconds: the server sends up to four messages a second. */
const SHOW_EVERY = 1_000;

/** Follows these tasks while a component that shows their progress is on the page. It is not drawn when they move. */
export function useFollowed(taskIds: readonly string[]): void {
  const socket = useRef<LiveSocket | undefined>(undefined);
  const names = JSON.stringify({ task_ids: taskIds.slice(0, MOST_NAMED) });
  const wanted = useRef(names);
  wanted.current = names;
  useEffect(() => {
    const opened = follow(() => wanted.current);
    socket.current = opened;
    return () => opened.close();
  }, []);
  useEffect(() => socket.current?.send(names), [names]);
}

/** The same, for a component that shows all of them: it is drawn when one of them moves. */
export function useProgressOf(taskIds: readonly string[]): Heard {
  useFollowed(taskIds);
  return progressByTask.value;
}

/** What was heard of one task. It changes with this task alone. */
export const toProgressOf = (
  heard: ReadonlySignal<Heard>,
  taskId: string,
): ReadonlySignal<ProgressUpdate | undefined> => computed(() => heard.value.get(taskId));

/** A task as it is now: a component that shows one is drawn when that one moves. Its list follows it. */
export function useLiveTask(task: Task): LiveTask {
  const heard = useMemo(() => toProgressOf(progressByTask, task.task_id), [task.task_id]);
  return toLiveTask(task, heard.value);
}

function follow(toNames: () => string): LiveSocket {
  let heard: ProgressUpdate[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    timer = undefined;
    progressByTask.value = merge(progressByTask.value, heard);
    heard = [];
  };
  const socket = openLiveSocket('/ws/tasks/progress', {
    query: 'named=true',
    toGreeting: toNames,
    onMessage: (message) => {
      if (!Array.isArray(message)) return;
      heard.push(...(message as ProgressUpdate[]));
      timer ??= setTimeout(show, SHOW_EVERY);
    },
    // The lists are read again and again: while nothing is heard, what they say counts.
    poll: async () => {
      progressByTask.value = new Map();
    },
  });
  return {
    ...socket,
    close() {
      clearTimeout(timer);
      socket.close();
    },
  };
}

/** What is newer by `seq` wins; a frame may come late. */
export function merge(known: Heard, updates: readonly ProgressUpdate[]): Heard {
  const merged = new Map(known);
  for (const update of updates) {
    const before = merged.get(update.task_id);
    if (!before || before.seq <= update.seq) merged.set(update.task_id, update);
  }
  return merged;
}

/** A task as it is now: as it was read, with the progress that was heard since. */
export interface LiveTask extends Task {
  /** Seconds; null where no rate is known, undefined before it is heard. */
  remaining?: number | null;
}

/** Puts what was heard of tasks onto what was read of them, where it is not older. */
export const withProgress = (tasks: readonly Task[], heard: ReadonlyMap<string, ProgressUpdate>): LiveTask[] =>
  tasks.map((task) => toLiveTask(task, heard.get(task.task_id)));

/** The same for one task. */
function toLiveTask(task: Task, update: ProgressUpdate | undefined): LiveTask {
  if (!update || isOlder(update, task)) return task;
  return {
    ...task,
    status: update.status as Task['status'],
    progress: { ...update.counts, progress_percentage: update.progress },
    remaining: update.estimated_remaining,
  };
}

/** Frames may have been missed while the connection or Redis was unavailable; reads of the list were not. */
const isOlder = (update: ProgressUpdate, task: Task): boolean =>
  update.status === task.status
    ? countClosed(update.counts) < countClosed(task.progress)
    : Date.parse(update.timestamp) < Date.parse(task.status_history.at(-1)?.timestamp ?? task.created_time);

export type Counts = Omit<Progress, 'progress_percentage'>;

/** Addresses that need no more work. */
export const countClosed = (counts: Counts): number =>
  counts.completed_count + counts.failed_count + counts.timeout_count + counts.cancelled_count;
