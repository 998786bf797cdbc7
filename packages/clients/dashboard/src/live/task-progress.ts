import { type ProgressUpdate, unwrap } from '@cyberstroll/client';
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { client } from '../api/session';
import type { Freshness } from '../api/use-data';
import { createSocketFreshness, openLiveSocket } from './live-socket';
import { countClosed } from './progress-of';

/** How far a task was at a moment. */
export interface ClosedSample {
  /** Milliseconds of the browser's clock. */
  time: number;
  /** Addresses that need no more work. */
  closed: number;
}

/** Samples are kept for this many milliseconds, one in each `SAMPLE_EVERY`. */
const KEPT_MS = 5 * 60_000;
const SAMPLE_EVERY = 2_000;
/** What is heard is shown once in this many milliseconds: the server sends up to 20 updates a second. */
const SHOW_EVERY = 500;

export interface TaskProgress {
  /** The newest that was heard; undefined before the first. */
  update: ProgressUpdate | undefined;
  /** The last minutes, oldest first. */
  samples: readonly ClosedSample[];
  freshness: Freshness;
}

/** Follows one task while a component is on the page: by WebSocket, and by HTTP while that is silent. */
export function useTaskProgress(taskId: string): TaskProgress {
  const update = useSignal<ProgressUpdate | undefined>(undefined);
  const samples = useRef<ClosedSample[]>([]);
  const freshness = useMemo(createSocketFreshness, [taskId]);
  useEffect(() => {
    let latest: ProgressUpdate | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      update.value = latest;
    };
    show();
    samples.current = [];
    const take = (heard: ProgressUpdate) => {
      if (latest && heard.seq < latest.seq) return;
      samples.current = addSample(samples.current, { time: Date.now(), closed: countClosed(heard.counts) });
      latest = heard;
      if (!update.value) show();
      timer ??= setTimeout(show, SHOW_EVERY);
    };
    const params = { path: { task_id: taskId } };
    const socket = openLiveSocket(
      `/ws/tasks/${taskId}/progress`,
      {
        onMessage: (message) => {
          if (message['type'] === 'progress_update') take(message as unknown as ProgressUpdate);
        },
        poll: async () => take(await unwrap(client.GET('/api/tasks/{task_id}/progress', { params }))),
      },
      freshness,
    );
    return () => {
      clearTimeout(timer);
      socket.close();
    };
  }, [taskId]);
  return { update: update.value, samples: samples.current, freshness };
}

/**
 * One sample in each step of time, without those that are too old. A retry sets the count back: what was before it says
 * nothing of what is left.
 */
function addSample(samples: readonly ClosedSample[], sample: ClosedSample): ClosedSample[] {
  const last = samples.at(-1);
  if (last && sample.closed < last.closed) return [sample];
  const before = samples.at(-2);
  const kept = before && sample.time - before.time < SAMPLE_EVERY ? samples.slice(0, -1) : samples;
  return [...kept.filter(({ time }) => sample.time - time <= KEPT_MS), sample];
}
