import type { ProgressSnapshot } from '@cyberstroll/contracts';

/** How long one read of a task serves everyone who asks, in milliseconds. */
const SHARED_MS = 1_000;

export interface SnapshotSource {
  /** How the task stands, at most a second old; undefined where there is no such task. Rejects where nobody can tell. */
  find(taskId: string): Promise<ProgressSnapshot | undefined>;
}

/**
 * One read per task and second, however many ask: a thousand subscribers that reconnect at once cost what one costs. The
 * store is asked, since it is the truth; the cache only while the store cannot answer. A failed read is shared with
 * those who asked meanwhile, and is not kept.
 */
export function createSnapshotSource(deps: {
  readStore: (taskId: string) => Promise<ProgressSnapshot | undefined>;
  readCache: (taskId: string) => Promise<ProgressSnapshot | undefined>;
}): SnapshotSource {
  const reads = new Map<string, Promise<ProgressSnapshot | undefined>>();

  async function read(taskId: string): Promise<ProgressSnapshot | undefined> {
    try {
      return await deps.readStore(taskId);
    } catch (error) {
      const cached = await deps.readCache(taskId);
      if (cached) return cached;
      throw error;
    }
  }

  return {
    find(taskId) {
      const shared = reads.get(taskId);
      if (shared) return shared;
      const fresh = read(taskId);
      reads.set(taskId, fresh);
      const forget = () => reads.delete(taskId);
      fresh.then(() => setTimeout(forget, SHARED_MS).unref(), forget);
      return fresh;
    },
  };
}
