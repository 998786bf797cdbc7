import type { ProgressSnapshot } from '@cyberstroll/contracts';

/** How long one read of a task is shared, in milliseconds. */
const SHARED_MS = 1_000;

export interface SnapshotSource {
  /**
   * A snapshot of the task, at most a second old; undefined if the task does not exist. Rejects if store and cache have
   * no answer.
   */
  find(taskId: string): Promise<ProgressSnapshot | undefined>;
}

/**
 * One read per task and second, for any number of callers: a thousand subscribers that reconnect at once cost as much
 * as one. The store is read first, because it is the truth; the cache only while the store cannot answer. A failed read
 * is shared with the callers that waited for it, and is then dropped.
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
