import { createHash } from 'node:crypto';
import { Types } from 'mongoose';

/** Eight bytes as two numbers: a batch copies them a thousand times. */
type Prefix = readonly [high: number, low: number];

const prefixes = new Map<string, Prefix>();
const MAX_PREFIXES = 10_000;

function prefixOf(taskId: string): Prefix {
  let prefix = prefixes.get(taskId);
  if (!prefix) {
    const hash = createHash('sha256').update(taskId).digest();
    prefix = [hash.readUInt32BE(0), hash.readUInt32BE(4)];
    if (prefixes.size >= MAX_PREFIXES) prefixes.clear();
    prefixes.set(taskId, prefix);
  }
  return prefix;
}

/**
 * The `_id` of a subtask: 8 bytes of a hash of its task's id, and 4 bytes of its index. So an insert is idempotent, a
 * task's subtasks lie together in index order, and no other unique index is needed.
 */
export function toSubTaskObjectId(taskId: string, index: number): Types.ObjectId {
  const bytes = Buffer.allocUnsafe(12);
  const [high, low] = prefixOf(taskId);
  bytes.writeUInt32BE(high, 0);
  bytes.writeUInt32BE(low, 4);
  bytes.writeUInt32BE(index, 8);
  return new Types.ObjectId(bytes);
}

/** The index in the `_id` of a subtask. */
export const toSubTaskIndex = (id: Types.ObjectId): number => Buffer.from(id.id).readUInt32BE(8);

/** A filter for the documents of the indexes `first` to `last`, both included. */
export const indexRange = (taskId: string, first: number, last: number) => ({
  $gte: toSubTaskObjectId(taskId, first),
  $lte: toSubTaskObjectId(taskId, Math.min(last, 0xffff_ffff)),
});
