import type { GateAnswer } from '@cyberstroll/task-state';
import type { PoolObservation } from '../core/pool';
import type { SmoothTasks } from '../core/smooth-tasks';

/** All that one pass leaves for the next. */
export interface PassMemory {
  observation: PoolObservation | undefined;
  smooth: SmoothTasks;
  /** Of the known tasks, those that a limit covers. */
  limited: ReadonlySet<string>;
  /** A turn under the limits found no room: until then none is taken. */
  noRoomUntil: Date;
  /** Passes in a row that had nothing to send. */
  idlePasses: number;
  /** By task: what the gate said, and of what. */
  gates: ReadonlyMap<string, KnownGate>;
}

export interface KnownGate {
  facts: readonly unknown[];
  answer: GateAnswer;
}

export const FIRST_MEMORY: PassMemory = {
  observation: undefined,
  smooth: new Set(),
  limited: new Set(),
  noRoomUntil: new Date(0),
  idlePasses: 0,
  gates: new Map(),
};
