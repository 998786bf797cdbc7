import { announce } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import { type Orphans, reportOccurrence, type SlicedRecount } from '@cyberstroll/store';
import type { Finding } from '@cyberstroll/task-state';
import { confirmFindings, type Sighting } from '../core/confirm-findings';
import { isLeftByCleanUp } from '../core/is-left-by-clean-up';
import type { AuditMetrics } from '../metrics/audit-metrics';
import { OPERATOR } from '../operator';
import { REPAIRS, type RepairDeps } from './audit-repairs';
import { forEachTask } from './for-each-task';

const PAGE = 1_000;
/** Tasks that something is remembered of. */
const MAX_REMEMBERED = 10_000;
const DELETE_BATCH = 5_000;

export interface AuditDeps extends RepairDeps {
  metrics: AuditMetrics;
  /** From the beginning of a round over everything to the next one's. */
  intervalMs: number;
  /** A pass begins nothing more after so long; the round goes on in the next. */
  passMs: number;
  /** After a pass it rests for so many times as long as that took: its share of the database's time is bounded, however slow that is. */
  restFactor: number;
  /** What happens for a moment in any run is a finding after so long. */
  graceMs: number;
  /** Tasks are looked at for so long after their end. */
  endedMs: number;
  expireDays: number;
  /** Tasks that are looked up at once. */
  pageSize?: number;
}

/**
 * The consistency audit, as a sweep: round after round over all tasks that are open or ended lately, then over what belongs
 * to no task. Each finding is told once (log, event, metric) and put right.
 */
export function createAudit(deps: AuditDeps): (now: Date) => Promise<Counts> {
  const { store, publisher, logger, metrics } = deps;
  /** What was seen before, by task. */
  const sightings = new Map<string, Sighting[]>();
  /** How far the recounts of large tasks have come. */
  const recounts = new Map<string, SlicedRecount>();
  /** What is left of the page, and where the next page begins, if there is one. */
  let tasks: string[] = [];
  let tasksAfter: string | undefined;
  let isInRound = false;
  let place: string | undefined;
  let nextRoundMs = Number.NEGATIVE_INFINITY;
  let restsUntilMs = Number.NEGATIVE_INFINITY;

  async function confirmAndRepair(
    key: string,
    found: readonly Finding[],
    now: Date,
    repair: (findings: readonly Finding[]) => Promise<unknown>,
  ): Promise<number> {
    const seen = confirmFindings(found, sightings.get(key) ?? [], now, deps.graceMs);
    remember(sightings, key, seen.sightings.length > 0 ? seen.sightings : undefined);
    const news = seen.confirmed.filter(({ isNew }) => isNew).map(({ finding }) => finding);
    for (const finding of news) await tell(finding, now);
    await repair(seen.confirmed.map(({ finding }) => finding));
    return news.length;
  }

  async function tell({ finding, task_id, reason }: Finding, now: Date): Promise<void> {
    const summary = `${finding}: ${reason}`;
    logger.warn({ task_id, finding, reason }, 'inconsistency found');
    metrics.countFinding(finding);
    announce(publisher, 'alert', 'consistency', { task_id, reason: summary, operator: OPERATOR }, now);
    await reportOccurrence(deps, { rule: 'consistency', subject: task_id, summary }, OPERATOR, now);
  }

  async function auditTask(task_id: string, now: Date, counts: { audited: number; findings: number }): Promise<void> {
    const before = recounts.get(task_id);
    const audit = await store.audit.auditTask(task_id, { maxSubTasks: deps.maxSubTasks, now, before });
    remember(recounts, task_id, audit?.slices);
    if (audit?.goesOn) {
      // The others of the page come first.
      tasks.unshift(task_id);
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
    const isDeleted = isLeftByCleanUp(orphans.task_id, deps.expireDays, now);
    return confirmAndRepair(`${orphans.kind}:${orphans.task_id}`, [toFinding(orphans, isDeleted)], now, async () => {
      if (isDeleted) await store.audit.deleteOrphans(orphans, DELETE_BATCH);
    });
  }

  async function turnPage(now: Date): Promise<void> {
    const endedAfter = new Date(now.getTime() - deps.endedMs);
    const page = await store.audit.findAuditable({ endedAfter, limit: deps.pageSize ?? PAGE, after: tasksAfter });
    tasks = page.taskIds;
    tasksAfter = page.next;
  }

  async function beginRound(now: Date): Promise<void> {
    await turnPage(now);
    nextRoundMs = now.getTime() + deps.intervalMs;
    isInRound = true;
  }

  async function takeStep(now: Date, counts: { audited: number; findings: number }): Promise<void> {
    const task_id = tasks.pop();
    if (task_id !== undefined) {
      return forEachTask([{ task_id }], logger, () => auditTask(task_id, now, counts));
    }
    if (tasksAfter !== undefined) return turnPage(now);
    const { orphans, next } = await store.audit.findOrphans(place);
    for (const each of orphans) counts.findings += await auditOrphans(each, now);
    place = next;
    isInRound = next !== undefined;
  }

  return async (now) => {
    const counts = { audited: 0, findings: 0 };
    const begunMs = performance.now();
    if (begunMs < restsUntilMs) return counts;
    if (!isInRound && now.getTime() >= nextRoundMs) await beginRound(now);
    while (isInRound) {
      await takeStep(now, counts);
      if (performance.now() - begunMs >= deps.passMs) break;
    }
    restsUntilMs = performance.now() + (performance.now() - begunMs) * deps.restFactor;
    return counts;
  };
}

function remember<Memory>(memories: Map<string, Memory>, key: string, memory: Memory | undefined): void {
  memories.delete(key);
  if (memory === undefined) return;
  if (memories.size >= MAX_REMEMBERED) memories.delete(memories.keys().next().value!);
  memories.set(key, memory);
}

function toFinding({ kind, task_id, count, sample }: Orphans, isDeleted: boolean): Finding {
  const examples = sample.length > 0 ? ` (${sample.join(', ')})` : '';
  const fate = isDeleted ? 'deleted' : 'kept, since the task was too young to be cleaned up';
  return {
    finding: kind,
    task_id,
    reason: `${count} documents of a task that does not exist${examples}; ${fate}`,
    mark: fate,
    lasting: false,
  };
}
