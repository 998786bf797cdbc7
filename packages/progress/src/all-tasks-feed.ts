import type { ProgressSnapshot, Task } from '@cyberstroll/contracts';
import { BoundedMap } from '@cyberstroll/runtime';
import { isEndedTask } from '@cyberstroll/state-machine';

/** What a task's document shows of its progress, without its counters. */
export type TaskMark = Pick<Task, 'task_id' | 'rev' | 'progress_seq'>;

interface Known {
  rev: number;
  seq: number;
  isOffered: boolean;
}

/**
 * The newest snapshots of all tasks, and which of them are still to be sent. The `seq` of a task strictly rises. Of
 * more tasks than `limit`, those are dropped that have not changed for longest.
 */
export function createAllTasksFeed(limit: number) {
  const known = new BoundedMap<string, Known>(limit);
  /** In the order in which they were first seen. */
  const open = new Map<string, ProgressSnapshot>();
  const due = new Map<string, ProgressSnapshot>();

  function keepOpen(snapshot: ProgressSnapshot) {
    if (isEndedTask(snapshot.status)) open.delete(snapshot.task_id);
    else open.set(snapshot.task_id, snapshot);
    if (open.size > limit) open.delete(open.keys().next().value!);
  }

  return {
    /** Accepts a snapshot; false if its `seq` is not newer. */
    offer(snapshot: ProgressSnapshot): boolean {
      const { task_id, seq, rev = 0 } = snapshot;
      const before = known.get(task_id);
      if (before && (before.isOffered ? seq <= before.seq : seq < before.seq)) return false;
      known.set(task_id, { rev: Math.max(rev, before?.rev ?? 0), seq, isOffered: true });
      due.set(task_id, snapshot);
      keepOpen(snapshot);
      return true;
    },
    /** Whether the task has changed since it was offered or noted. */
    isNews({ task_id, rev, progress_seq }: TaskMark): boolean {
      const before = known.get(task_id);
      return !before || rev > before.rev || progress_seq > before.seq;
    },
    /** The task is known as it is now. */
    note({ task_id, rev, progress_seq }: TaskMark): void {
      const { seq = 0, isOffered = false } = known.get(task_id) ?? {};
      known.set(task_id, { rev, seq: Math.max(progress_seq, seq), isOffered });
    },
    /** The task exists no more. */
    forget(taskId: string): void {
      known.delete(taskId);
      open.delete(taskId);
      due.delete(taskId);
    },
    /** The snapshots to send now. */
    take(): ProgressSnapshot[] {
      const taken = [...due.values()];
      due.clear();
      return taken;
    },
    /** An open task, if it is known. */
    findOpen: (taskId: string): ProgressSnapshot | undefined => open.get(taskId),
    /** The open tasks, about the newest first. */
    listOpen: (most: number = limit): ProgressSnapshot[] => [...open.values()].slice(-most).reverse(),
  };
}
