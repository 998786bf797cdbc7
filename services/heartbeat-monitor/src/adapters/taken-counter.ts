import { Counter, type Registry } from '@cyberstroll/runtime';
import { type FailDeps, TAKEN_CAUSES } from './fail-held';

/** Counts what is taken from nodes. */
export function createTakenCounter(registry: Registry): FailDeps['countTaken'] {
  const taken = new Counter({
    name: 'cyberstroll_subtasks_taken_total',
    help: 'Subtasks that were taken from the node that held them, to be tried on another, by cause',
    labelNames: ['cause'],
    registers: [registry],
  });
  for (const cause of TAKEN_CAUSES) taken.inc({ cause }, 0);
  return (cause, count) => taken.inc({ cause }, count);
}
