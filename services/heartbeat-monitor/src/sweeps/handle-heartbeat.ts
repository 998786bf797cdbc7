import type { Heartbeat } from '@cyberstroll/contracts';
import { type Delivery, DONE, publishEvent, type Verdict } from '@cyberstroll/messaging';
import { toAppError } from '@cyberstroll/runtime';
import { findLivingRivals } from '@cyberstroll/task-state';
import { detectChange } from '../core/detect-change';
import { parseHeartbeat } from '../core/parse-heartbeat';
import { OPERATOR } from '../operator';
import { failHeld, type NodeSweepDeps } from './fail-held';
import { createRivalHandler } from './handle-rival';

/**
 * Records a heartbeat, on this service's clock. If it shows that the node restarted, fails the claims of its former
 * process at once.
 */
export function createHeartbeatHandler(
  deps: NodeSweepDeps & { timeoutMs: number },
): (delivery: Delivery) => Promise<Verdict> {
  const { store, publisher, logger, timeoutMs } = deps;
  const handleRival = createRivalHandler(deps);

  async function record(heartbeat: Heartbeat, now: Date): Promise<void> {
    const { node_id, instance_id } = heartbeat;
    const recorded = await store.nodes.recordHeartbeat(heartbeat, now, timeoutMs);
    if (recorded.isRival) {
      if (await handleRival(recorded.node, heartbeat, now)) await record(heartbeat, now);
      return;
    }
    const { before } = recorded;
    const { changed, restarted } = detectChange(heartbeat, before);
    if (changed) {
      logger.info({ node_id, instance_id, status: changed }, 'node changed');
      publishEvent(publisher, 'node', changed, { node_id, operator: OPERATOR }, now);
    }
    if (restarted && before) {
      // A claim that names no process may belong to the new one.
      const exceptInstances = [null, instance_id, ...findLivingRivals(before, now, timeoutMs)];
      const { failed } = await failHeld(deps, { node_id, exceptInstances, reason: 'restarted' }, now);
      logger.info({ node_id, instance_id, failed }, 'node restarted');
    }
  }

  return async function handleHeartbeat({ body }) {
    const parsed = parseHeartbeat(body);
    if ('problem' in parsed) return { kind: 'deadLetter', reason: 'bad_heartbeat', detail: parsed.problem };
    try {
      await record(parsed.heartbeat, new Date());
      return DONE;
    } catch (error) {
      // MongoDB is out of reach: return the heartbeat at once, since another replica may reach it.
      if (toAppError(error).kind === 'transient') return { kind: 'retry' };
      throw error;
    }
  };
}
