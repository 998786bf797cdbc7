import {
  type CreateTaskBody,
  parsePorts,
  SHOWN_REFUSED,
  SHOWN_SAMPLE,
  type TaskPlan,
  toSaid,
  toSentence,
} from '@cyberstroll/contracts';
import { inspectTargets, type Scope, type Slices, type TargetSet, toKeyRanges } from '@cyberstroll/targets';
import {
  askGate,
  countLostProbes,
  type ExclusionInForce,
  type FreezeRule,
  findBeginning,
  findLostPorts,
  takeOutExcluded,
  toPortsExclusions,
} from '@cyberstroll/task-state';
import { toHeld } from '../waiting/waiting-causes';

type Warning = TaskPlan['warnings'][number];

/** The facts that a plan is made with, beside the body. */
export interface PlanFacts {
  scope: Pick<Scope, 'findAllOutside' | 'toText'>;
  maxCount: number;
  exclusions: readonly ExclusionInForce[];
  /** Subtasks per second of the pool. */
  pace: number | undefined;
  /** Why the task would wait, or would not be accepted now. */
  warnings: readonly Warning[];
  /** Freezes and blackouts that are not over. */
  rules: readonly FreezeRule[];
  now: Date;
}

/** With one of these warnings the task is not created. */
const OBSTACLES: readonly string[] = ['no_targets', 'targets_excluded', 'too_many_targets', 'backlog_full'];

type PlannedTask = Pick<CreateTaskBody, 'task_target' | 'exclude_target' | 'scan' | 'labels' | 'config'>;

/** What a task of this body would be. Costs a few passes over its entries, never over its addresses. */
export function* planTask(
  { task_target, exclude_target = '', scan, labels, config }: PlannedTask,
  { scope, maxCount, exclusions, pace, warnings: given, rules, now }: PlanFacts,
): Slices<TaskPlan> {
  const include = yield* inspectTargets(task_target, SHOWN_REFUSED);
  const exclude = yield* inspectTargets(exclude_target, SHOWN_REFUSED);
  const asked = include.set.minus(exclude.set);
  yield;
  const ofPorts = toPortsExclusions(exclusions, scan.ports);
  const { targets, excluded, by } = takeOutExcluded(asked, ofPorts.whole);
  const outside = yield* include.findEntriesIn(scope.findAllOutside(targets), SHOWN_REFUSED);
  const toInvalid =
    (field: 'task_target' | 'exclude_target') =>
    ({ entry, position, error }: (typeof include.refused)[number]) => ({
      field,
      entry,
      position,
      code: 'invalid_targets' as const,
      reason: error.explanation,
      ...toSaid(error.explanation, 'fault'),
    });
  const outsideScope = toSentence('outside_scan_scope', { scope: scope.toText() });
  const refused: TaskPlan['refused'] = [
    ...include.refused.map(toInvalid('task_target')),
    ...exclude.refused.map(toInvalid('exclude_target')),
    ...outside.entries.map(({ entry, position }) => ({
      ...toSaid(outsideScope, 'fault'),
      field: 'task_target' as const,
      entry: entry.slice(0, 64),
      position,
      code: 'out_of_scope' as const,
      reason: outsideScope,
    })),
  ];
  const refused_count = include.refusedCount + exclude.refusedCount + outside.count;
  const facts = { labels, config, target_ranges: toKeyRanges(targets.intervals) };
  const gate = askGate({ ...facts, status: 'QUEUED' }, { freezes: rules }, now);
  const held = !gate.mayBegin && gate.hold && toHeld(gate.hold);
  const warnings = [
    ...findObstacles(targets, { asked, maxCount }),
    ...given,
    ...(held ? [{ code: held.code, message: held.message, ...(held.sentence && { sentence: held.sentence }) }] : []),
  ];
  const total = Number(targets.count);
  const ports = parsePorts(scan.ports).length;
  return {
    would_create: refused_count === 0 && !warnings.some(({ code }) => OBSTACLES.includes(code)),
    total_targets: total,
    excluded: Number(include.set.count - asked.count),
    exclusions: { count: Number(excluded.count), by, ports: findLostPorts(ofPorts, targets) },
    duplicates: Number(include.duplicates),
    refused: refused.slice(0, SHOWN_REFUSED),
    refused_count,
    sample: toSample(targets),
    ports,
    probes: Number(targets.count * BigInt(ports) - countLostProbes(ofPorts, targets)),
    estimate: pace === undefined ? null : { seconds: Math.round((total * 10) / pace) / 10, by: 'fleet_rate' },
    warnings,
    begins: findBeginning(facts, rules, now) ?? null,
  };
}

function findObstacles(targets: TargetSet, { asked, maxCount }: { asked: TargetSet; maxCount: number }): Warning[] {
  if (targets.isEmpty && !asked.isEmpty) {
    return [{ code: 'targets_excluded', message: `exclusions cover all ${asked.count} addresses` }];
  }
  if (targets.isEmpty) return [{ code: 'no_targets', message: 'no address is left to scan' }];
  if (targets.count <= maxCount) return [];
  return [{ code: 'too_many_targets', message: `${targets.count} addresses; the limit is ${maxCount}` }];
}

function toSample(targets: TargetSet): TaskPlan['sample'] {
  const { count } = targets;
  const shown = count < SHOWN_SAMPLE ? Number(count) : SHOWN_SAMPLE;
  const members = (from: bigint) => Array.from({ length: shown }, (_, i) => targets.member(from + BigInt(i)));
  return { first: members(0n), last: members(count - BigInt(shown)) };
}
