import { groupBy, type ReassignCause, SYSTEM_SUBJECT, toSentence } from '@cyberstroll/contracts';
import { reportOccurrence } from '@cyberstroll/coordination';
import { type Publisher, publishEvent, type ServiceUpdateSender } from '@cyberstroll/messaging';
import type { Counts, Logger } from '@cyberstroll/runtime';
import type { HeldClaim, Store } from '@cyberstroll/store';
import { toNodeLostUpdates, toOverdueUpdates } from '@cyberstroll/task-state';
import { findAppliedUntil } from '../adapters/applied-until';
import { type BreakerRules, chooseLost } from '../core/circuit-breaker';
import { type ClaimVerdict, decideClaim, toHolder } from '../core/decide-claim';
import { type Held, selectHolders } from '../core/select-holders';
import { OPERATOR } from '../operator';

/** Claims that are read at once, unless one node has more. */
const CLAIMS_AT_ONCE = 20_000;
/** What nodes list is checked after this share of the grace, and of claims this old: most end sooner. */
const LIST_CHECK_AFTER = 1 / 4;
const ALERT_EVERY_MS = 30_000;
const MAX_PUBLISHED = 100;

export interface ClaimCheckDeps {
  store: Pick<Store, 'subTasks' | 'nodes' | 'tasks' | 'alerts' | 'fleetEvents' | 'queueLag'>;
  updates: ServiceUpdateSender;
  publisher: Publisher;
  logger: Logger;
  rules: BreakerRules & { graceMs: number };
}

type Decided = HeldClaim & { verdict: ClaimVerdict };

/**
 * The check of all claims: it fails those of processes that are gone, ends those past their deadline, and sets silent
 * nodes offline, in this order, so that a crash in between repeats both. While the circuit breaker is tripped it raises
 * an alert instead, every 30 s at most. It remembers which claims were missing; after a gap of the grace or longer,
 * when another replica may have led or heartbeats may have been missed, it starts again.
 */
export function createClaimCheck({ store, updates, publisher, logger, rules }: ClaimCheckDeps) {
  const { timeoutMs, graceMs } = rules;
  let alertedAt: Date | undefined;
  let massAt: Date | undefined;
  let missing = new Map<string, Date>();
  let listedAt: Date | undefined;

  return async function checkClaimsOnce(now: Date): Promise<Counts> {
    const fleet = await store.nodes.findOnline();
    const held = await store.subTasks.findHolders();
    const silence = chooseLost(fleet, countByNode(held), rules, now, massAt);
    massAt = silence.massAt;
    if (silence.kept.length > 0) await alertMass(silence.silentCount, fleet.length, now);
    const appliedUntil = await findAppliedUntil(store, now);
    const sinceListedMs = listedAt ? now.getTime() - listedAt.getTime() : Number.POSITIVE_INFINITY;
    const isListCheck = sinceListedMs >= graceMs * LIST_CHECK_AFTER || sinceListedMs < 0;
    const before: ReadonlyMap<string, Date> = sinceListedMs < graceMs ? missing : new Map();
    if (isListCheck) {
      missing = new Map();
      listedAt = now;
    }
    const lostNodes = new Set(silence.lost.map(({ node_id }) => node_id));
    const selected = selectHolders(held, fleet, { lost: lostNodes, isListCheck, appliedUntil, timeoutMs }, now);

    const counts = { lost: 0, timed_out: 0, offline: 0, kept: silence.kept.length };
    const lostOf = new Map<string, number>();
    for await (const decided of decideAll()) {
      const overdue = decided.filter(({ verdict }) => verdict.kind === 'timed_out');
      counts.timed_out += await updates.send(toOverdueUpdates(overdue, now), now);
      for (const { subTaskIds, until } of toPutOffs(decided)) await store.subTasks.putOffDeadlines(subTaskIds, until);
      for (const [reason, claims] of toLosses(decided)) counts.lost += await failLost(reason, claims);
    }
    // A node without claims is in no group.
    for (const { node_id, last_seen } of silence.lost) {
      if (!(await store.nodes.setStatus(node_id, 'offline', new Date(now.getTime() - timeoutMs)))) continue;
      counts.offline += 1;
      logger.warn({ node_id, last_seen, failed: lostOf.get(node_id) ?? 0 }, 'node silent');
      publishEvent(publisher, 'node', 'offline', { node_id, reason: 'silent', operator: OPERATOR }, now);
      await store.fleetEvents.noteNode({ time: now, kind: 'node_lost', subject: node_id });
    }
    return counts;

    /** Group by group, so that neither claims nor lists fill the memory. */
    async function* decideAll(): AsyncGenerator<Decided[]> {
      for (const nodes of toGroups(selected.suspect, held)) {
        yield await decide(await store.subTasks.findClaims(nodes), nodes);
      }
      const unreportedAt = new Date(now.getTime() - graceMs * LIST_CHECK_AFTER);
      const which = { deadlineBefore: appliedUntil, ...(isListCheck && { updatedBefore: unreportedAt }) };
      for (const nodes of toGroups(selected.living, held)) {
        yield await decide(await store.subTasks.findClaims(nodes, which), nodes);
      }
    }

    /** Reads the nodes after the claims: then their lists do not have what was reported before these heartbeats. */
    async function decide(claims: readonly HeldClaim[], nodes: readonly string[]): Promise<Decided[]> {
      if (claims.length === 0) return [];
      const holders = new Map((await store.nodes.findNodes(nodes)).map((node) => [node.node_id, toHolder(node)]));
      const waiting = claims.filter(
        ({ started_time, deadline }) => !started_time && deadline && deadline < appliedUntil,
      );
      const found =
        waiting.length > 0 ? await store.tasks.findOpen([...new Set(waiting.map((each) => each.task_id))]) : [];
      const tasks = new Map(found.map((task) => [task.task_id, task]));
      return claims.map((claim) => {
        const { assigned_node = '', task_id, subtask_id, lease_id } = claim;
        const key = `${subtask_id} ${lease_id}`;
        const facts = {
          holder: holders.get(assigned_node),
          isLost: lostNodes.has(assigned_node),
          task: tasks.get(task_id),
          missingSince: before.get(key),
        };
        const verdict = decideClaim(claim, facts, { timeoutMs, graceMs, appliedUntil }, now);
        if (verdict.kind === 'missing') missing.set(key, verdict.since);
        return { ...claim, verdict };
      });
    }

    async function failLost(reason: ReassignCause, claims: readonly HeldClaim[]): Promise<number> {
      const cause = reason === 'zombie' ? toSentence('no_longer_listed') : reason;
      let all = 0;
      for (const [node_id, own] of groupBy(claims, ({ assigned_node = '' }) => assigned_node)) {
        const sent = await updates.send(toNodeLostUpdates(own, reason, cause, now), now);
        lostOf.set(node_id, (lostOf.get(node_id) ?? 0) + sent);
        if (reason === 'zombie' && sent > 0) await alertZombies(node_id, own, now);
        all += sent;
      }
      return all;
    }
  };

  async function alertMass(silent: number, nodes: number, now: Date): Promise<void> {
    if (alertedAt && now.getTime() - alertedAt.getTime() < ALERT_EVERY_MS) return;
    alertedAt = now;
    const reason = toSentence('fell_silent', { silent, nodes });
    logger.warn({ silent, fleet: nodes }, 'circuit breaker tripped');
    publishEvent(publisher, 'alert', 'fleet_silent', { reason, operator: OPERATOR }, now);
    await reportOccurrence(
      { store, logger },
      { rule: 'fleet_silent', subject: SYSTEM_SUBJECT, summary: reason },
      OPERATOR,
      now,
    );
  }

  async function alertZombies(node_id: string, zombies: readonly HeldClaim[], now: Date): Promise<void> {
    logger.warn({ node_id, failed: zombies.length }, 'zombies failed: their node no longer lists them');
    const subtasks = zombies
      .slice(0, MAX_PUBLISHED)
      .map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
    const reason = toSentence('zombies', { subtasks: zombies.length });
    publishEvent(publisher, 'alert', 'zombie', { node_id, subtasks, reason, operator: OPERATOR }, now);
    await reportOccurrence({ store, logger }, { rule: 'zombie', subject: node_id, summary: reason }, OPERATOR, now);
  }
}

function countByNode(held: readonly Held[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { node_id, count } of held) counts.set(node_id, (counts.get(node_id) ?? 0) + count);
  return counts;
}

function toGroups(nodes: readonly string[], held: readonly Held[]): string[][] {
  const counts = countByNode(held);
  const groups: string[][] = [];
  let claims = 0;
  for (const node of nodes) {
    claims += counts.get(node) ?? 0;
    const last = groups.at(-1);
    if (last && claims <= CLAIMS_AT_ONCE) last.push(node);
    else {
      groups.push([node]);
      claims = counts.get(node) ?? 0;
    }
  }
  return groups;
}

function toLosses(decided: readonly Decided[]): Map<ReassignCause, Decided[]> {
  const lost = decided.flatMap((claim) => (claim.verdict.kind === 'lost' ? [{ claim, ...claim.verdict }] : []));
  const byReason = groupBy(lost, ({ reason }) => reason);
  return new Map([...byReason].map(([reason, each]) => [reason, each.map(({ claim }) => claim)]));
}

/** One entry for each new deadline: claims of one task have the same. */
function toPutOffs(decided: readonly Decided[]): { subTaskIds: string[]; until: Date }[] {
  const putOff = decided.flatMap(({ subtask_id, verdict }) =>
    verdict.kind === 'put_off' ? [{ subtask_id, until: verdict.until }] : [],
  );
  const byTime = groupBy(putOff, ({ until }) => until.getTime());
  return [...byTime].map(([time, each]) => ({
    subTaskIds: each.map(({ subtask_id }) => subtask_id),
    until: new Date(time),
  }));
}
