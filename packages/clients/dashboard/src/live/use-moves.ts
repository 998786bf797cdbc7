import { computed } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { now } from '../browser/clock';
import { type Counts, countClosed } from './with-progress';

/** A task that has closed nothing for this many milliseconds does not move. */
const LATELY = 15_000;

/** Whether a task has closed an address lately, or has been on the page for a moment only. */
export function useMoves(counts: Counts): boolean {
  const closed = countClosed(counts);
  const last = useRef({ closed, at: Date.now() });
  if (last.current.closed !== closed) last.current = { closed, at: Date.now() };
  const moves = useMemo(() => computed(() => now.value - last.current.at < LATELY), []);
  return moves.value || now.peek() - last.current.at < LATELY;
}
