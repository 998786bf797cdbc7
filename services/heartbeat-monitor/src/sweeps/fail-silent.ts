import { SYSTEM_SUBJECT, toSentence } from '@cyberstroll/contracts';
import { reportOccurrence } from '@cyberstroll/coordination';
import { publishEvent } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import { findLivingRivals } from '@cyberstroll/task-state';
import { type BreakerRules, chooseLost, mayTrip } from '../core/circuit-breaker';
import { OPERATOR } from '../operator';
import { failHeld, type NodeSweepDeps } from './fail-held';

const ALERT_EVERY_MS = 30_000;

/**
 * The sweep over silent nodes. It fails the claims of a lost node first, and sets the node offline when RabbitMQ has
 * the updates, so that a crash in between repeats both. While the circuit breaker is tripped it raises an alert
 * instead, every 30 s at most. It reads the fleet no sooner than a node can be silent for half the timeout: until then
 * neither a node is lost nor the circuit breaker concerned, and a pass resolves with undefined.
 */
export function createSilenceSweep(deps: NodeSweepDeps & { rules: BreakerRules }) {
  const { store, publisher, logger, rules } = deps;
  let alertedAt: Date | undefined;
  let massAt: Date | undefined;
  let nextRead: { after: Date; at: number } | undefined;

  return async function failSilentOnce(now: Date): Promise<Counts | undefined> {
    // A clock that was set back shows nothing.
    if (nextRead && now >= nextRead.after && now.getTime() < nextRead.at) return undefined;
    nextRead = undefined;
    const counts = { offline: 0, failed: 0, kept: 0 };
    const fleet = await store.nodes.findOnline();
    const oldest = Math.min(now.getTime(), ...fleet.map(({ last_seen }) => last_seen.getTime()));
    const weights = mayTrip(fleet, rules, now) ? await store.subTasks.countHeld() : new Map<string, number>();
    const verdict = chooseLost(fleet, weights, rules, now, massAt);
    const { lost, kept, silentCount } = verdict;
    massAt = verdict.massAt;
    counts.kept = kept.length;
    if (kept.length > 0) {
      await alert(toSentence('fell_silent', { silent: silentCount, nodes: fleet.length }));
    }
    const seenBefore = new Date(now.getTime() - rules.timeoutMs);
    for (const node of lost) {
      const { node_id, last_seen } = node;
      const exceptInstances = findLivingRivals(node, now, rules.timeoutMs);
      const { failed, complete } = await failHeld(deps, { node_id, exceptInstances, reason: 'silent' }, now);
      counts.failed += failed;
      if (!complete || !(await store.nodes.setStatus(node_id, 'offline', seenBefore))) continue;
      counts.offline++;
      logger.warn({ node_id, last_seen, failed }, 'node silent');
      publishEvent(publisher, 'node', 'offline', { node_id, reason: 'silent', operator: OPERATOR }, now);
      await store.fleetEvents.noteNode({ time: now, kind: 'node_lost', subject: node_id });
    }
    nextRead = { after: now, at: oldest + rules.timeoutMs / 2 };
    return counts;

    async function alert(reason: string) {
      if (alertedAt && now.getTime() - alertedAt.getTime() < ALERT_EVERY_MS) return;
      alertedAt = now;
      logger.warn({ silent: silentCount, fleet: fleet.length }, 'circuit breaker tripped');
      publishEvent(publisher, 'alert', 'fleet_silent', { reason, operator: OPERATOR }, now);
      await reportOccurrence(deps, { rule: 'fleet_silent', subject: SYSTEM_SUBJECT, summary: reason }, OPERATOR, now);
    }
  };
}
