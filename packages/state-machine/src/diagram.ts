import type { TransitionTable } from './transition-table';

/**
 * A machine as a Mermaid state diagram, for the README. Extensions to the contract are dotted by a `*` at their event.
 */
export function toDiagram<S extends string, E extends string>(table: TransitionTable<S, E>): string {
  const arrows = table.arrows.map(
    ({ from, event, to, extension }) => `    ${from} --> ${to}: ${event}${extension ? ' *' : ''}`,
  );
  const ends = table.withTag('final').map((status) => `    ${status} --> [*]`);
  return ['stateDiagram-v2', `    [*] --> ${table.initial}`, ...arrows, ...ends].join('\n');
}
