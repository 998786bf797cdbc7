/**
 * The offline checker: from a dump of the database and what the publishers and subscribers wrote down, which invariants
 * do not hold. Pure, exact, and independent of how the system works: it knows the machines and the contract's documents
 * alone. The dump is of a time when nothing is on its way any more; those of midway are of any.
 */
import { checkAccounting } from './check-accounting';
import { checkAudit } from './check-audit';
import { checkBounds } from './check-bounds';
import { checkCounters, countDoubled } from './check-counters';
import { checkDeadLetters } from './check-dead-letters';
import { checkFrames } from './check-frames';
import { checkHistories } from './check-histories';
import { checkLive } from './check-live';
import { checkLosses } from './check-losses';
import { checkReplay } from './check-replay';
import { checkResults } from './check-results';
import { checkTaskEnd } from './check-task-end';
import type { Evidence, Violation } from './evidence';

export interface Report {
  violations: Violation[];
  /** Updates, and poison, that the broker confirmed. */
  confirmed: number;
  lost: number;
  double_counted: number;
}

export function check(evidence: Evidence): Report {
  const { tasks, midway = [] } = evidence;
  const violations = [
    ...[...tasks, ...midway].flatMap(checkCounters),
    ...tasks.flatMap((dump) => [...checkHistories(dump), ...checkTaskEnd(dump)]),
    ...checkAudit(evidence),
    ...checkAccounting(evidence),
    ...checkFrames(evidence),
    ...checkBounds(evidence),
    ...checkReplay(evidence),
    ...checkLive(evidence),
    ...checkResults(evidence),
    ...checkDeadLetters(evidence),
    ...checkLosses(evidence),
  ];
  return {
    violations,
    confirmed: evidence.ledger.filter((entry) => 'confirmed' in entry && entry.confirmed).length,
    lost: violations.filter(({ invariant, what }) => invariant === 'I5' && what.startsWith('lost')).length,
    double_counted: tasks.reduce((sum, dump) => sum + countDoubled(dump), 0),
  };
}
