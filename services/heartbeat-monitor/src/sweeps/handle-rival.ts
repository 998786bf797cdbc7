import type { Heartbeat } from '@cyberstroll/contracts';
import { publishEvent, sendControl } from '@cyberstroll/messaging';
import { type NodeProcesses, reportOccurrence } from '@cyberstroll/store';
import { resolveRival } from '../core/resolve-rival';
import { OPERATOR } from '../operator';
import type { NodeSweepDeps } from './fail-held';

/** The shortest time between two alerts about one node. The message `superseded` is sent at every heartbeat. */
const ALERT_EVERY_MS = 30_000;

/**
 * Handles the heartbeat of a rival. Resolves with true if the rival is the node again: then its heartbeat must be
 * recorded.
 */
export function createRivalHandler(deps: NodeSweepDeps & { timeoutMs: number }) {
  const { store, publisher, logger, timeoutMs } = deps;
  const alertedAt = new Map<string, Date>();

  return async function handleRival(node: NodeProcesses, heartbeat: Heartbeat, now: Date): Promise<boolean> {
    const { node_id, instance_id, status } = heartbeat;
    const { change, superseded } = resolveRival(node, heartbeat, timeoutMs, now);
    await store.nodes.setProcesses(node, change);
    const present = change.instance_id ?? node.instance_id;
    logger.warn(
      { node_id, instance_id, status, present, superseded },
      'heartbeat of a process that is not the present one',
    );
    for (const each of superseded) sendControl(publisher, { state: 'superseded', node_id, instance_id: each });
    if (superseded.length > 0) await alert(node_id, present, superseded, now);
    return change.instance_id === instance_id;
  };

  async function alert(node_id: string, present: string, superseded: readonly string[], now: Date): Promise<void> {
    for (const [each, time] of alertedAt) if (now.getTime() - time.getTime() >= ALERT_EVERY_MS) alertedAt.delete(each);
    if (alertedAt.has(node_id)) return;
    alertedAt.set(node_id, now);
    const reason = `two processes run as ${node_id}: ${present} is the node, ${superseded.join(', ')} must end`;
    publishEvent(publisher, 'alert', 'node_id_shared', { node_id, reason, operator: OPERATOR }, now);
    await reportOccurrence(deps, { rule: 'node_id_shared', subject: node_id, summary: reason }, OPERATOR, now);
  }
}
