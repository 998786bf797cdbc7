import { announce, type Delivery, DONE, type Publisher, type Verdict } from '@cyberstroll/messaging';
import { type Logger, toAppError } from '@cyberstroll/runtime';
import { judgeHeartbeat } from '../core/judge-heartbeat';
import { parseHeartbeat } from '../core/parse-heartbeat';
import { OPERATOR } from '../operator';
import { type FailDeps, failHeld } from './fail-held';

export interface HeartbeatDeps extends FailDeps {
  publisher: Publisher;
  logger: Logger;
}

/** Writes a heartbeat down, on our clock, and fails at once what its node says by it that it has lost. */
export function createHeartbeatHandler(deps: HeartbeatDeps): (delivery: Delivery) => Promise<Verdict> {
  const { store, publisher, logger } = deps;
  return async function handleHeartbeat({ body }) {
    const parsed = parseHeartbeat(body);
    if ('problem' in parsed) return { kind: 'deadLetter', reason: 'bad_heartbeat', detail: parsed.problem };
    const { node_id, instance_id } = parsed.heartbeat;
    const now = new Date();
    const recorded = await store.nodes.recordHeartbeat(parsed.heartbeat, now).catch(toRetry);
    if ('kind' in recorded) return recorded;
    const { before, isFormer } = recorded;
    if (isFormer) {
      logger.warn({ node_id, instance_id, status: parsed.heartbeat.status }, 'heartbeat of a former process');
      return DONE;
    }
    const { changed, restarted } = judgeHeartbeat(parsed.heartbeat, before);
    if (changed) {
      logger.info({ node_id, instance_id, status: changed }, 'node changed');
      announce(publisher, 'node', changed, { node_id, operator: OPERATOR }, now);
    }
    if (restarted) {
      const { failed } = await failHeld(deps, { node_id, exceptInstance: instance_id, reason: 'restarted' }, now);
      logger.info({ node_id, instance_id, failed }, 'node restarted');
    }
    return DONE;
  };
}

/** Without the database it goes back to the queue: another replica may reach its own, and this one must not keep it from that. */
function toRetry(error: unknown): Verdict {
  if (toAppError(error).kind === 'transient') return { kind: 'retry' };
  throw error;
}
