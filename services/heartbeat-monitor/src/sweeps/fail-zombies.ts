import type { SubTask } from '@cyberstroll/contracts';
import { announce } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import { reportOccurrence } from '@cyberstroll/store';
import { toNodeLostUpdates } from '@cyberstroll/task-state';
import { findZombies, type Missing } from '../core/find-zombies';
import { OPERATOR } from '../operator';
import type { HeartbeatDeps } from './handle-heartbeat';

/** More than a heartbeat can list. */
const MAX_HELD = 10_000;
/** Part of the grace before which nobody looks at a claim: most have ended by then, and are not read at all. */
const LOOK_AFTER = 1 / 4;
const MAX_TOLD = 100;
const REASON = 'its node no longer lists it';

/**
 * The sweep over what nodes have forgotten. It remembers from one pass to the next what was missing; after a longer gap, in
 * which another replica led or heartbeats may have been missed, it begins anew.
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
      // A silent one is the matter of the watch over silence.
      if (now.getTime() - last_seen.getTime() > timeoutMs) continue;
      const updatedBefore = new Date(now.getTime() - graceMs * LOOK_AFTER);
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
    logger.warn({ node_id, failed }, 'its node no longer lists them');
    const subtasks = zombies.slice(0, MAX_TOLD).map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
    const reason = `${failed} subtasks: ${REASON}`;
    announce(publisher, 'alert', 'zombie', { node_id, subtasks, reason, operator: OPERATOR }, now);
    await reportOccurrence(deps, { rule: 'zombie', subject: node_id, summary: reason }, OPERATOR, now);
    return failed;
  }
}
