/**
 * The offline checker. It reads a dump of the database and the records of publishers and subscribers, and finds the
 * invariants that do not hold. It is pure, exact, and independent of how the system works: it knows only the machines
 * and the contract's documents. The last dump is made when nothing is on its way, the midway dumps at any time.
 */
import { checkAccounting } from './check-accounting';
import { checkAudit } from './check-audit';
import { checkBounds } from './check-bounds';
import { checkCounters, countDoubled } from './check-counters';
import { checkDeadLetters } from './check-dead-letters';
import { checkFrames } from './check-frames';
import { checkHistories } from './check-histories';
import { checkInventory } from './check-inventory';
import { checkLimits } from './check-limits';
import { checkLive } from './check-live';
import { checkLosses } from './check-losses';
import { checkReplay } from './check-replay';
import { checkResults } from './check-results';
import { checkRules } from './check-rules';
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
    ...checkLimits(evidence),
    ...checkRules(evidence),
    ...checkInventory(evidence),
  ];
  return {
    violations,
    confirmed: evidence.ledger.filter((entry) => 'confirmed' in entry && entry.confirmed).length,
    lost: violations.filter(({ invariant, what }) => invariant === 'I5' && what.startsWith('lost')).length,
    double_counted: tasks.reduce((sum, dump) => sum + countDoubled(dump), 0),
  };
}
