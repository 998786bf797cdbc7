/** How the task model writes a state into words. */
import { NO_TOUCHED, type TouchedCounts } from '@cyberstroll/contracts';

export const TOTAL = 3;
export const BUCKETS = Object.keys(NO_TOUCHED) as (keyof TouchedCounts)[];

/** The words of a state: the task, its counters, and each subtask. */
export const TASK = 0;
export const COUNTERS = 1;
const FIRST_SUBTASK = 2;
export const WORDS = FIRST_SUBTASK + TOTAL;

/** A part of a word. */
export interface Field {
  word: number;
  shift: number;
  bits: number;
}
export const get = (state: Int32Array, { word, shift, bits }: Field) => (state[word]! >>> shift) & ((1 << bits) - 1);
export function set(state: Int32Array, { word, shift, bits }: Field, value: number): void {
  state[word] = (state[word]! & ~(((1 << bits) - 1) << shift)) | (value << shift);
}
/** The fields of a word, one behind the other. */
function toFields<Name extends string>(word: number, sizes: Record<Name, number>): Record<Name, Field> {
  let shift = 0;
  return Object.fromEntries(
    Object.entries<number>(sizes).map(([name, bits]) => {
      const field = { word, shift, bits };
      shift += bits;
      return [name, field];
    }),
  ) as Record<Name, Field>;
}

export const task = toFields(TASK, {
  status: 3,
  settled: 1,
  hold: 2,
  due: 3,
  retryAll: 1,
  accepted: 2,
  commands: 3,
  /** The counters or the revision have moved since the last roll-up. */
  hasMoved: 1,
  /** What reads first and writes later: the transitions, whether the task and the counters are as they were read. */
  pending: 5,
  isTaskAsRead: 1,
  areCountersAsRead: 1,
});
export const counters = BUCKETS.map((_, i): Field => ({ word: COUNTERS, shift: 3 * i, bits: 3 }));
/** For each subtask: its document, its job, the retries and cancels on their way, whether `retry_all` covers it. */
export const subTasks = Array.from({ length: TOTAL }, (_, i) =>
  toFields(FIRST_SUBTASK + i, { document: 12, isSent: 1, retries: 3, cancelsHeld: 3, cancels: 3, isCovered: 1 }),
);

/** The hold of the task's end. The time of one that is over has passed, and its retries have not arrived. */
export const HOLD = { none: 0, holds: 1, over: 2 };
/** How many retries it waits for, if it waits for its time alone. */
export const NO_NUMBER = 7;
/** What is pending if it is the settling of the task. */
export const SETTLE = 31;

/** Puts the subtasks into one order: they are alike. */
export function sortSubTasks(state: Int32Array): void {
  swap(state, FIRST_SUBTASK, FIRST_SUBTASK + 1);
  swap(state, FIRST_SUBTASK + 1, FIRST_SUBTASK + 2);
  swap(state, FIRST_SUBTASK, FIRST_SUBTASK + 1);
}
function swap(state: Int32Array, a: number, b: number): void {
  const first = state[a]!;
  if (first <= state[b]!) return;
  state[a] = state[b]!;
  state[b] = first;
}
