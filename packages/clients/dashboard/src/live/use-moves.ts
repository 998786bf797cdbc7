import { computed } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { now } from '../browser/clock';
import { type Counts, countClosed, type LiveTask } from './with-progress';

/** A task that has closed nothing for this many milliseconds does not move. */
const LATELY = 15_000;

/** Whether a task has closed an address lately, or has been on the page for a moment only. Drawn when it changes. */
export function useMoves(counts: Counts): boolean {
  const closed = countClosed(counts);
  const last = useRef({ closed, at: Date.now() });
  if (last.current.closed !== closed) last.current = { closed, at: Date.now() };
  const moves = useMemo(() => computed(() => now.value - last.current.at < LATELY), []);
  return moves.value || now.peek() - last.current.at < LATELY;
}

/** By task id: how many addresses were closed, and since when. */
type Moves = ReadonlyMap<string, { closed: number; since: number }>;

/** Those of these tasks that have closed an address lately, or have been on the page for a moment only, by task id. */
export function useMoving(tasks: readonly LiveTask[]): ReadonlySet<string> {
  const moves = useRef<Moves>(new Map());
  const at = Date.now();
  moves.current = toMoves(moves.current, tasks, at);
  return findMoving(moves.current, at);
}

export const toMoves = (before: Moves, tasks: readonly Pick<LiveTask, 'task_id' | 'progress'>[], now: number): Moves =>
  new Map(
    tasks.map(({ task_id, progress }) => {
      const closed = countClosed(progress);
      const last = before.get(task_id);
      return [task_id, last?.closed === closed ? last : { closed, since: now }];
    }),
  );

export const findMoving = (moves: Moves, now: number): ReadonlySet<string> =>
  new Set([...moves].filter(([, { since }]) => now - since < LATELY).map(([taskId]) => taskId));
