import { MAX_CURRENT_TASKS, type SubTask } from '@cyberstroll/contracts';
import { publishEvent } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import { reportOccurrence } from '@cyberstroll/store';
import { toNodeLostUpdates } from '@cyberstroll/task-state';
import { findZombies, type Missing } from '../core/find-zombies';
import { OPERATOR } from '../operator';
import type { HeartbeatDeps } from './handle-heartbeat';

/** A node with more claims than this has a full list, which finds no zombies. */
const MAX_HELD = MAX_CURRENT_TASKS;
/** A claim is first checked after this share of the grace: most claims end sooner, and are never read. */
const CHECK_AFTER = 1 / 4;
const MAX_PUBLISHED = 100;
const REASON = 'its node no longer lists it';

/**
 * The sweep over zombies. It remembers from pass to pass which claims were missing. After a gap of the grace or longer,
 * when another replica may have led or heartbeats may have been missed, it starts again.
 */
export function createZombieSweep(deps: HeartbeatDeps & { graceMs: number; timeoutMs: number }) {
  const { store, updates, publisher, logger, graceMs, timeoutMs } = deps;
  let missing = new Map<string, Date>();
  let passedAt: Date | undefined;

  return async function failZombiesOnce(now: Date): Promise<Counts> {
    const isFresh = passedAt !== undefined && now.getTime() - passedAt.getTime() < graceMs;
    const before: Missing = isFresh ? missing : new Map();
    missing = new Map();
    passedAt = now;
    let failed = 0;
    for (const node of await store.nodes.findOnline()) {
      const { node_id, last_seen } = node;
      // A silent node is for `fail-silent`.
      if (now.getTime() - last_seen.getTime() > timeoutMs) continue;
      const updatedBefore = new Date(now.getTime() - graceMs * CHECK_AFTER);
      const held = await store.subTasks.findHeld({ node_id, updatedBefore, limit: MAX_HELD });
      const found = findZombies(node, held, before, { graceMs }, now);
      for (const [key, since] of found.missing) missing.set(key, since);
      failed += await failZombies(node_id, found.zombies, now);
    }
    return { failed };
  };

  async function failZombies(node_id: string, zombies: readonly SubTask[], now: Date): Promise<number> {
    const failed = await updates.send(toNodeLostUpdates(zombies, 'zombie', REASON, now), now);
    if (failed === 0) return 0;
    logger.warn({ node_id, failed }, 'zombies failed: their node no longer lists them');
    const subtasks = zombies
      .slice(0, MAX_PUBLISHED)
      .map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
    const reason = `${failed} subtasks: ${REASON}`;
    publishEvent(publisher, 'alert', 'zombie', { node_id, subtasks, reason, operator: OPERATOR }, now);
    await reportOccurrence(deps, { rule: 'zombie', subject: node_id, summary: reason }, OPERATOR, now);
    return failed;
  }
}
