import { groupBy, MAX_CURRENT_TASKS, toSentence } from '@cyberstroll/contracts';
import { reportOccurrence } from '@cyberstroll/coordination';
import { publishEvent } from '@cyberstroll/messaging';
import type { Counts } from '@cyberstroll/runtime';
import type { HeldClaim, Store } from '@cyberstroll/store';
import { isSilent, toNodeLostUpdates } from '@cyberstroll/task-state';
import { findAppliedUntil } from '../adapters/applied-until';
import { findZombies, type Missing } from '../core/find-zombies';
import { OPERATOR } from '../operator';
import type { NodeSweepDeps } from './fail-held';

/** The slots of the nodes whose claims are read at once, unless one node has more. */
const SLOTS_AT_ONCE = 20_000;
/** A claim is first checked after this share of the grace: most claims end sooner, and are never read. */
const CHECK_AFTER = 1 / 4;
const MAX_PUBLISHED = 100;
const REASON = toSentence('no_longer_listed');

/**
 * The sweep over zombies. It remembers from pass to pass which claims were missing. After a gap of the grace or longer,
 * when another replica may have led or heartbeats may have been missed, it starts again.
 */
export function createZombieSweep(
  deps: NodeSweepDeps & { store: Pick<Store, 'queueLag'>; graceMs: number; timeoutMs: number },
) {
  const { store, updates, publisher, logger, graceMs, timeoutMs } = deps;
  let missing = new Map<string, Date>();
  let passedAt: Date | undefined;

  return async function failZombiesOnce(now: Date): Promise<Counts> {
    const isFresh = passedAt !== undefined && now.getTime() - passedAt.getTime() < graceMs;
    const before: Missing = isFresh ? missing : new Map();
    missing = new Map();
    passedAt = now;
    let failed = 0;
    const rule = { graceMs, appliedUntil: await findAppliedUntil(store, now) };
    // A silent node is for `fail-silent`.
    const heard = (await store.nodes.findOnline()).filter((node) => !isSilent(node, now, timeoutMs));
    for (const nodes of toGroups(heard)) {
      const claims = await findClaims(nodes, now);
      if (claims.size === 0) continue;
      // What a node lists is read of those alone that hold something for long.
      for (const node of await store.nodes.findNodes([...claims.keys()])) {
        const found = findZombies(node, claims.get(node.node_id)!, before, rule, now);
        for (const [key, since] of found.missing) missing.set(key, since);
        failed += await failZombies(node.node_id, found.zombies, now);
      }
    }
    return { failed };
  };

  /** By node: its claims that are old enough for a check. */
  async function findClaims(nodes: readonly { node_id: string }[], now: Date): Promise<Map<string, HeldClaim[]>> {
    const updatedBefore = new Date(now.getTime() - graceMs * CHECK_AFTER);
    const nodeIds = nodes.map(({ node_id }) => node_id);
    // A node with more claims than this has a full list, which finds no zombies.
    const limit = nodeIds.length * MAX_CURRENT_TASKS;
    const claims = await store.subTasks.findUnreported({ nodes: nodeIds, updatedBefore, limit });
    return groupBy(claims, ({ assigned_node = '' }) => assigned_node);
  }

  async function failZombies(node_id: string, zombies: readonly HeldClaim[], now: Date): Promise<number> {
    const failed = await updates.send(toNodeLostUpdates(zombies, 'zombie', REASON, now), now);
    if (failed === 0) return 0;
    logger.warn({ node_id, failed }, 'zombies failed: their node no longer lists them');
    const subtasks = zombies
      .slice(0, MAX_PUBLISHED)
      .map(({ subtask_id, ip, attempt }) => ({ subtask_id, ip, attempt }));
    const reason = toSentence('zombies', { subtasks: failed });
    publishEvent(publisher, 'alert', 'zombie', { node_id, subtasks, reason, operator: OPERATOR }, now);
    await reportOccurrence(deps, { rule: 'zombie', subject: node_id, summary: reason }, OPERATOR, now);
    return failed;
  }
}

function toGroups<Each extends { capacity: number }>(nodes: readonly Each[]): Each[][] {
  const groups: Each[][] = [];
  let slots = 0;
  for (const node of nodes) {
    slots += node.capacity;
    const last = groups.at(-1);
    if (last && slots <= SLOTS_AT_ONCE) last.push(node);
    else {
      groups.push([node]);
      slots = node.capacity;
    }
  }
  return groups;
}
