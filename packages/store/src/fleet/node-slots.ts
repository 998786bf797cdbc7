import { type NodeSlots, SLOT_FIELDS, toNodeSlots } from '@cyberstroll/task-state';
import type { Database } from '../mongodb/database';
import { findFields } from '../mongodb/fields';

export async function findNodeSlots(db: Database, now: Date): Promise<NodeSlots[]> {
  const nodes = await findFields(db.nodes, {}, SLOT_FIELDS).toArray();
  return nodes.map((node) => toNodeSlots(node, now));
}
