import { NODE_SILENT_AFTER_MS } from '@cyberstroll/contracts';
import { addSlots, type NodeSlots, SLOT_FIELDS, toNodeSlots } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/database';
import { findFields } from '../mongodb/fields';

export async function findNodeSlots(db: Database, now: Date): Promise<NodeSlots[]> {
  const nodes = await findFields(db.nodes, {}, SLOT_FIELDS).toArray();
  return nodes.map((node) => toNodeSlots(node, now));
}

/** The slots of the nodes of a pool that are heard: others have none that can be used. */
export async function countPoolSlots(db: Database, pool: string, now: Date): Promise<number> {
  const last_seen = { $gte: new Date(now.getTime() - NODE_SILENT_AFTER_MS) };
  const heard = { status: { $ne: 'offline' }, last_seen, pools: pool } as const;
  const nodes = await findFields(db.nodes, heard, SLOT_FIELDS).toArray();
  return addSlots(
    nodes.map((node) => toNodeSlots(node, now)),
    pool,
  ).capacity;
}
