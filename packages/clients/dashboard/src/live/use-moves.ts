import { computed } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { now } from '../browser/clock';
import { type Counts, countClosed, type LiveTask } from './progress-of';

/** A task that has closed nothing for this many milliseconds does not move. */
const RECENT_MS = 15_000;

/** How many addresses of a task were closed, and since when; at first, since the task came on the page. */
interface Move {
  closed: number;
  since: number;
}

function toMove(before: Move | undefined, counts: Counts, now: number): Move {
  const closed = countClosed(counts);
  return before?.closed === closed ? before : { closed, since: now };
}

const isRecent = ({ since }: Move, now: number): boolean => now - since < RECENT_MS;

/** Whether a task has closed an address recently, or has been on the page for a moment only. Drawn when it changes. */
export function useMoves(counts: Counts): boolean {
  const last = useRef<Move | undefined>(undefined);
  last.current = toMove(last.current, counts, Date.now());
  const moves = useMemo(() => computed(() => isRecent(last.current!, now.value)), []);
  return moves.value || isRecent(last.current, now.peek());
}

type Moves = ReadonlyMap<string, Move>;

/** The same for many tasks: the ids of those that move. */
export function useMoving(tasks: readonly LiveTask[]): ReadonlySet<string> {
  const moves = useRef<Moves>(new Map());
  const at = Date.now();
  moves.current = toMoves(moves.current, tasks, at);
  return findMoving(moves.current, at);
}

export const toMoves = (before: Moves, tasks: readonly Pick<LiveTask, 'task_id' | 'progress'>[], now: number): Moves =>
  new Map(tasks.map(({ task_id, progress }) => [task_id, toMove(before.get(task_id), progress, now)]));

export const findMoving = (moves: Moves, now: number): ReadonlySet<string> =>
  new Set([...moves].filter(([, move]) => isRecent(move, now)).map(([taskId]) => taskId));
