import { type Heartbeat, toSentence } from '@cyberstroll/contracts';
import { reportOccurrence } from '@cyberstroll/coordination';
import { type Delivery, DONE, type Publisher, publishEvent, sendControl, type Verdict } from '@cyberstroll/messaging';
import { type Logger, toAppError } from '@cyberstroll/runtime';
import type { NodeProcesses, Store } from '@cyberstroll/store';
import type { FindImpostor } from '@cyberstroll/task-state';
import { detectChange, parseHeartbeat } from '../core/read-heartbeat';
import { resolveRival } from '../core/resolve-rival';
import { OPERATOR } from '../operator';

export interface HeartbeatDeps {
  store: Pick<Store, 'nodes' | 'alerts' | 'fleetEvents'>;
  publisher: Publisher;
  logger: Logger;
  timeoutMs: number;
  /** Refuses what a node says in the name of another. Default: it is not checked. */
  findImpostor?: FindImpostor | undefined;
  /** Takes the pools of a node that was recorded. Default: none. */
  onPools?: (pools: readonly string[]) => void;
}

/**
 * Records a heartbeat, on this service's clock. If it shows that the node restarted, the check of claims fails those
 * of its former process.
 */
export function createHeartbeatHandler(deps: HeartbeatDeps): (delivery: Delivery) => Promise<Verdict> {
  const { store, publisher, logger, timeoutMs, findImpostor, onPools } = deps;
  const handleRival = createRivalHandler(deps);

  async function record(heartbeat: Heartbeat, now: Date): Promise<void> {
    const { node_id, instance_id } = heartbeat;
    const recorded = await store.nodes.recordHeartbeat(heartbeat, now, timeoutMs);
    if (recorded.isRival) {
      if (await handleRival(recorded.node, heartbeat, now)) await record(heartbeat, now);
      return;
    }
    const { before } = recorded;
    const { changed, restarted, event } = detectChange(heartbeat, before);
    if (changed) {
      logger.info({ node_id, instance_id, status: changed }, 'node changed');
      publishEvent(publisher, 'node', changed, { node_id, operator: OPERATOR }, now);
    }
    if (restarted) logger.info({ node_id, instance_id }, 'node restarted');
    if (event) await store.fleetEvents.noteNode({ time: now, kind: event, subject: node_id, detail: instance_id });
  }

  return async function handleHeartbeat(delivery) {
    const parsed = parseHeartbeat(delivery.body);
    if ('problem' in parsed) return { kind: 'deadLetter', reason: 'bad_heartbeat', detail: parsed.problem };
    const { heartbeat } = parsed;
    const impostor = findImpostor?.(heartbeat.node_id, delivery);
    if (impostor !== undefined) return { kind: 'deadLetter', reason: 'foreign_node_id', detail: impostor };
    try {
      await record(heartbeat, new Date());
      onPools?.(heartbeat.pools);
      return DONE;
    } catch (error) {
      // MongoDB is out of reach: return the heartbeat at once, since another replica may reach it.
      if (toAppError(error).kind === 'transient') return { kind: 'retry' };
      throw error;
    }
  };
}

/** The shortest time between two alerts about one node. The message `superseded` is sent at every heartbeat. */
const ALERT_EVERY_MS = 30_000;

/**
 * Handles the heartbeat of a rival. Resolves with true if the rival is the node again: then its heartbeat must be
 * recorded.
 */
function createRivalHandler(deps: HeartbeatDeps) {
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
    const reason = toSentence('two_processes', { node: node_id, present, others: superseded.join(', ') });
    publishEvent(publisher, 'alert', 'node_id_shared', { node_id, reason, operator: OPERATOR }, now);
    await reportOccurrence(deps, { rule: 'node_id_shared', subject: node_id, summary: reason }, OPERATOR, now);
  }
}
