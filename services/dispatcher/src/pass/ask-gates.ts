import type { Freeze } from '@cyberstroll/contracts';
import { askGate, type GateAnswer } from '@cyberstroll/task-state';
import type { ScannedTask } from '../adapters/task-scan';
import type { KnownGate } from './memory';

/** A task, and whether it may begin something now. */
export type GatedTask = ScannedTask & {
  isHeld: boolean;
  /** When the gate closes for it. */
  closes: Date | undefined;
};

/**
 * Asks the gate about each task, from the stored rules. An answer is good until its own `until`, for as long as the
 * rules and the facts of the task are the same.
 */
export function askGates(
  tasks: readonly ScannedTask[],
  freezes: readonly Freeze[],
  known: ReadonlyMap<string, KnownGate>,
  now: Date,
): { gated: GatedTask[]; gates: Map<string, KnownGate> } {
  const gates = new Map<string, KnownGate>();
  const gated = tasks.map((task) => {
    const facts = [task.status, task.labels.join(), task.target_ranges, freezes];
    const before = known.get(task.task_id);
    const isSame = before?.facts.every((fact, i) => fact === facts[i]) && !isOver(before.answer, now);
    const gate = isSame ? before : { facts, answer: askGate(task, { freezes }, now) };
    gates.set(task.task_id, gate!);
    const { answer } = gate!;
    return { ...task, isHeld: !answer.mayBegin, closes: answer.mayBegin ? answer.until : undefined };
  });
  return { gated, gates };
}

const isOver = ({ until }: GateAnswer, now: Date): boolean => until !== undefined && until <= now;
