import type { ProgressUpdate } from '@cyberstroll/client';
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type LiveSocket, openLiveSocket } from './live-socket';

/** The newest progress of each task that was heard of, by task id. */
const progressByTask = signal<ReadonlyMap<string, ProgressUpdate>>(new Map());

/** Tasks that the server sends of, at most. */
const MOST_NAMED = 100;

/** Follows these tasks while a component that shows their progress is on the page. */
export function useProgressOf(taskIds: readonly string[]): ReadonlyMap<string, ProgressUpdate> {
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
  return progressByTask.value;
}

const follow = (toNames: () => string): LiveSocket =>
  openLiveSocket('/ws/tasks/progress', {
    query: 'named=true',
    toGreeting: toNames,
    onMessage: (message) => {
      if (Array.isArray(message)) progressByTask.value = merge(progressByTask.value, message as ProgressUpdate[]);
    },
    // The lists are read again and again: while nothing is heard, what they say counts.
    poll: async () => {
      progressByTask.value = new Map();
    },
  });

/** What is newer by `seq` wins; a frame may come late. */
function merge(
  known: ReadonlyMap<string, ProgressUpdate>,
  updates: readonly ProgressUpdate[],
): Map<string, ProgressUpdate> {
  const merged = new Map(known);
  for (const update of updates) {
    const before = merged.get(update.task_id);
    if (!before || before.seq <= update.seq) merged.set(update.task_id, update);
  }
  return merged;
}
