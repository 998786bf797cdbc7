import { NODE_SILENT_AFTER_MS } from '@cyberstroll/contracts';
import { addSlots, NODE_GONE_AFTER_MS, type NodeSlots, SLOT_FIELDS, toNodeSlots } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/models/database';
import { findFields } from '../mongodb/models/fields';

/**
 * The nodes that sent a heartbeat within the last day, and how many did not. A fleet that scales leaves many names of
 * those behind, so they are only counted.
 */
export async function findNodeSlots(db: Database, now: Date): Promise<{ nodes: NodeSlots[]; gone: number }> {
  const goneSince = new Date(now.getTime() - NODE_GONE_AFTER_MS);
  const [nodes, gone] = await Promise.all([
    findFields(db.nodes, { last_seen: { $gt: goneSince } }, SLOT_FIELDS).toArray(),
    db.nodes.countDocuments({ last_seen: { $lte: goneSince } }),
  ]);
  return { nodes: nodes.map((node) => toNodeSlots(node, now)), gone };
}

/** The slots of the nodes of a pool that send heartbeats: others have none that can be used. */
export async function countPoolSlots(db: Database, pool: string, now: Date): Promise<number> {
  const last_seen = { $gte: new Date(now.getTime() - NODE_SILENT_AFTER_MS) };
  const heard = { status: { $ne: 'offline' }, last_seen, pools: pool } as const;
  const nodes = await findFields(db.nodes, heard, SLOT_FIELDS).toArray();
  return addSlots(
    nodes.map((node) => toNodeSlots(node, now)),
    pool,
  ).capacity;
}
