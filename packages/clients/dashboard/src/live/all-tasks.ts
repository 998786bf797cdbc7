import type { ProgressUpdate } from '@cyberstroll/client';
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { openLiveSocket } from './live-socket';

/** The newest progress of each task that was heard of, by task id. */
const progressByTask = signal<ReadonlyMap<string, ProgressUpdate>>(new Map());

/** Frames are shown together, once in this many milliseconds. */
const SHOW_EVERY = 250;

/** Follows all tasks while a component that shows their progress is on the page. */
export function useAllTasks(): ReadonlyMap<string, ProgressUpdate> {
  useEffect(followAllTasks, []);
  return progressByTask.value;
}

function followAllTasks(): () => void {
  let waiting: ProgressUpdate[] = [];
  const socket = openLiveSocket('/ws/tasks/progress', {
    onMessage: (message) => {
      if (message['type'] === 'progress_update') waiting.push(message as unknown as ProgressUpdate);
    },
    // The lists are read again and again: while nothing is heard, what they say counts.
    poll: async () => {
      waiting = [];
      progressByTask.value = new Map();
    },
  });
  const timer = setInterval(() => {
    if (waiting.length === 0) return;
    progressByTask.value = merge(progressByTask.value, waiting);
    waiting = [];
  }, SHOW_EVERY);
  return () => {
    clearInterval(timer);
    socket.close();
  };
}

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
