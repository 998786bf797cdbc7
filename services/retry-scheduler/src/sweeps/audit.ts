import { toSentence } from '@cyberstroll/contracts';
import { reportOccurrence } from '@cyberstroll/coordination';
import { publishEvent, type ServiceUpdateSender } from '@cyberstroll/messaging';
import { BoundedMap, type Counts } from '@cyberstroll/runtime';
import type { Orphans, SlicedRecount, Store } from '@cyberstroll/store';
import { type AuditFinding, type FindingName, toStrandedUpdates } from '@cyberstroll/task-state';
import {
  type AuditStep,
  BEFORE_FIRST_ROUND,
  isRoundDue,
  startRound,
  takeStep,
  toPauseEnd,
  withPage,
  withSearchedUntil,
  withTaskLater,
} from '../core/audit-round';
import { confirmFindings, type EarlierFinding } from '../core/confirm-findings';
import { toOrphanFinding } from '../core/orphan-finding';
import type { AuditMetrics } from '../metrics/audit-metrics';
import { OPERATOR } from '../operator';
import { forEachTask } from './for-each-task';
import { type RollUpSweepDeps, rollUp } from './roll-up';

const PAGE = 1_000;
/** Tasks whose findings and recounts are remembered. */
const MAX_REMEMBERED = 10_000;
const DELETE_BATCH = 5_000;

export interface AuditDeps extends RepairDeps {
  store: Pick<Store, 'tasks' | 'audit' | 'alerts'>;
  metrics: AuditMetrics;
  /** Milliseconds from the start of one round to the start of the next. */
  intervalMs: number;
  /** A pass begins no further step after this time; the next pass continues the round. */
  passMs: number;
  /** After a pass the audit pauses for this multiple of the time that the pass took. */
  restFactor: number;
  /** A state that occurs for a moment in any run is a finding when it lasts for this long. */
  graceMs: number;
  /** Tasks are audited for this long after their end. */
  endedMs: number;
  expireDays: number;
  /** Tasks per page. Default: 1,000. */
  pageSize?: number;
}

type AuditCounts = { audited: number; findings: number };

/**
 * The consistency audit as a sweep. Each finding is reported once (log, event, metric) and corrected.
 * `core/audit-round.ts` decides the order of the steps and the rest between two passes.
 */
export function createAudit(deps: AuditDeps): (now: Date) => Promise<Counts> {
  const { store, publisher, logger, metrics } = deps;
  /** The findings of the last check, by task. */
  const earlierFindings = new BoundedMap<string, EarlierFinding[]>(MAX_REMEMBERED);
  /** The progress of the recounts of large tasks. */
  const recounts = new BoundedMap<string, SlicedRecount>(MAX_REMEMBERED);
  let round = BEFORE_FIRST_ROUND;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  async function confirmAndRepair(
    key: string,
    found: readonly AuditFinding[],
    now: Date,
    repair: (findings: readonly AuditFinding[]) => Promise<unknown>,
  ): Promise<number> {
    const { confirmed, earlier } = confirmFindings(found, earlierFindings.get(key) ?? [], now, deps.graceMs);
    remember(earlierFindings, key, earlier.length > 0 ? earlier : undefined);
    const fresh = confirmed.filter(({ isNew }) => isNew).map(({ finding }) => finding);
    for (const finding of fresh) await report(finding, now);
    await repair(confirmed.map(({ finding }) => finding));
    return fresh.length;
  }

  async function report({ finding, task_id, reason }: AuditFinding, now: Date): Promise<void> {
    const summary = toSentence('finding', { finding, what: reason });
    logger.warn({ task_id, finding, reason }, 'inconsistency found');
    metrics.countFinding(finding);
    publishEvent(publisher, 'alert', 'consistency', { task_id, reason: summary, operator: OPERATOR }, now);
    await reportOccurrence(deps, { rule: 'consistency', subject: task_id, summary }, OPERATOR, now);
  }

  async function auditTask(task_id: string, now: Date, counts: AuditCounts): Promise<void> {
    const before = recounts.get(task_id);
    const audit = await store.audit.auditTask(task_id, { maxSubTasks: deps.maxSubTasks, now, before });
    remember(recounts, task_id, audit?.slices);
    if (audit?.isPartial) {
      round = withTaskLater(round, task_id);
      return;
    }
    counts.audited++;
    if (!audit) return;
    metrics.countTask(audit.isRecounted);
    counts.findings += await confirmAndRepair(task_id, audit.findings, now, async (findings) => {
      for (const repair of new Set(findings.map(({ finding }) => REPAIRS[finding]))) await repair?.(deps, task_id, now);
    });
  }

  function auditOrphans(orphans: Orphans, now: Date): Promise<number> {
    const { finding, isDeleted } = toOrphanFinding(orphans, deps.expireDays, now);
    return confirmAndRepair(`${orphans.kind}:${orphans.task_id}`, [finding], now, async () => {
      if (isDeleted) await store.audit.deleteOrphans(orphans, DELETE_BATCH);
    });
  }

  function readPage(now: Date, after?: string) {
    const endedAfter = new Date(now.getTime() - deps.endedMs);
    return store.audit.findAuditable({ endedAfter, limit: deps.pageSize ?? PAGE, after });
  }

  async function run(step: AuditStep, now: Date, counts: AuditCounts): Promise<void> {
    switch (step.kind) {
      case 'task':
        return forEachTask([{ task_id: step.taskId }], logger, ({ task_id }) => auditTask(task_id, now, counts));
      case 'page':
        round = withPage(round, await readPage(now, step.after));
        return;
      case 'orphans': {
        const { orphans, next } = await store.audit.findOrphans(step.after);
        for (const each of orphans) counts.findings += await auditOrphans(each, now);
        round = withSearchedUntil(round, next);
      }
    }
  }

  return async (now) => {
    const counts = { audited: 0, findings: 0 };
    const startedMs = performance.now();
    if (startedMs < pausedUntilMs) return counts;
    if (isRoundDue(round, now)) round = startRound(await readPage(now), now, deps.intervalMs);
    for (;;) {
      const next = takeStep(round);
      if (!next.step) break;
      round = next.round;
      await run(next.step, now, counts);
      if (performance.now() - startedMs >= deps.passMs) break;
    }
    pausedUntilMs = toPauseEnd(startedMs, performance.now(), deps.restFactor);
    return counts;
  };
}

function remember<Value>(map: BoundedMap<string, Value>, key: string, value: Value | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

export interface RepairDeps extends RollUpSweepDeps {
  store: Pick<Store, 'tasks' | 'audit'>;
  updates: ServiceUpdateSender;
  /** Subtasks that one transaction counts, or one query reads. */
  maxSubTasks: number;
}

const MAX_STRANDED = 5_000;

type Repair = (deps: RepairDeps, taskId: string, now: Date) => Promise<unknown>;

/**
 * How the findings of a task are corrected: the component that does the same in any run does it again. Counters were
 * corrected in the transaction that read them; the roll-up shows the correction.
 */
const REPAIRS: Partial<Record<FindingName, Repair>> = {
  counter_drift: rollUp,
  task_not_ended: rollUp,
  progress_lag: rollUp,
  open_in_ended_task: ({ store }, taskId) => store.audit.unsettleTask(taskId),
  missing_targets: ({ store }, taskId) => store.audit.mendLedger(taskId),
  stranded_subtasks: failStranded,
};

/**
 * By a service update: if a node still reports the subtask, the attempt or the lease differs, and one of the two
 * updates is stale.
 */
async function failStranded({ store, updates, maxSubTasks }: RepairDeps, taskId: string, now: Date): Promise<void> {
  const stranded = await store.audit.findStranded(taskId, { limit: MAX_STRANDED, maxSubTasks });
  await updates.send(toStrandedUpdates(stranded, now), now);
}
