import type { Counts } from '@cyberstroll/runtime';
import { announce } from './announce';
import { failHeld } from './fail-held';
import type { HeartbeatDeps } from './handle-heartbeat';

/**
 * Nodes silent for longer than the timeout: what they hold is failed, and only when the broker has that are they offline,
 * so a crash in between does it again.
 */
export async function failSilentOnce(
  deps: HeartbeatDeps & { timeoutMs: number; canJudge: (now: Date) => boolean },
  now: Date,
): Promise<Counts> {
  const { store, publisher, logger, timeoutMs } = deps;
  const counts = { offline: 0, failed: 0 };
  if (!deps.canJudge(now)) return counts;
  const seenBefore = new Date(now.getTime() - timeoutMs);
  for (const { node_id, last_seen } of await store.nodes.findSilent(seenBefore)) {
    const { failed, complete } = await failHeld(deps, { node_id, reason: 'silent' }, now);
    counts.failed += failed;
    if (!complete || !(await store.nodes.setStatus(node_id, 'offline', seenBefore))) continue;
    counts.offline++;
    logger.warn({ node_id, last_seen, failed }, 'node silent');
    announce(publisher, 'node', 'offline', { node_id, reason: 'silent' }, now);
  }
  return counts;
}
