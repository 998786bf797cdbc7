/** From what listeners have seen of the tasks that rules covered, and from the database. */
import { KNOWN_FOR_MS } from '@cyberstroll/contracts';
import type { Evidence, RuledTasks, TaskDump, Violation } from './evidence';

export interface RuleFigures {
  connections: number;
  /** Rules that had something to hold up: it was begun after their end. An exclusion has none. */
  held: number;
  /** The latest scan that began after a rule was in force, and before its end. In milliseconds after it. */
  latest_ms: number;
}

/**
 * I17: nothing begins later than `KNOWN_FOR_MS` after a rule is in force. I21: after the rules, everything is scanned.
 * I22: each planned time has one task.
 */
export function checkRules({ ruled, tasks }: Evidence): Violation[] {
  if (!ruled) return [];
  const late = findUnderRules(ruled).filter(({ afterMs }) => afterMs > KNOWN_FOR_MS);
  const ofRuled = tasks.filter(({ task }) => ruled.task_ids.includes(task.task_id));
  return [
    ...late.map(({ address, name, afterMs }): Violation => {
      return { invariant: 'I17', where: address, what: `begun ${Math.round(afterMs)} ms after the rule "${name}"` };
    }),
    ...ofRuled.flatMap((dump) => findUnscanned(dump, ruled)),
    ...ruled.planned
      .filter(({ tasks: count }) => count !== 1)
      .map(({ time, tasks: count }): Violation => {
        return { invariant: 'I22', where: time.toISOString(), what: `${count} tasks for this planned time` };
      }),
  ];
}

export function measureRules(ruled: RuledTasks): RuleFigures {
  const after = findUnderRules(ruled).map(({ afterMs }) => afterMs);
  const held = ruled.rules.filter(({ addresses, until }) =>
    ruled.connections.some(({ address, begun }) => begun >= until && addresses.includes(address)),
  );
  return { connections: ruled.connections.length, held: held.length, latest_ms: Math.max(0, ...after) };
}

function findUnderRules({ rules, connections }: RuledTasks) {
  return rules.flatMap(({ name, addresses, since, until }) => {
    const covered = new Set(addresses);
    return connections
      .filter(({ address, begun }) => covered.has(address) && begun > since && begun < until)
      .map(({ address, begun }) => ({ address, name, afterMs: begun - since }));
  });
}

/** What an exclusion covers is cancelled. */
function findUnscanned({ task, total, counters }: TaskDump, { excluded }: RuledTasks): Violation[] {
  const may = excluded[task.task_id] ?? 0;
  const missing = total - counters.completed_count;
  if (task.status === 'COMPLETED' && missing <= may) return [];
  const what = `${task.status}: ${missing} of ${total} were not scanned, ${may} are excluded`;
  return [{ invariant: 'I21', where: task.task_id, what }];
}
