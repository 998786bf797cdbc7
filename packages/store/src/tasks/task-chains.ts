import type { Task } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { findFields, WITHOUT_ID } from '../mongodb/models/fields';
import { indexFirst } from '../mongodb/queries/index-first';

const BATCH = 5_000;

export type ChainedTask = Task & Required<Pick<Task, 'on_end' | 'chain'>>;

/** Tasks that another one follows. */
export function createTaskChains(db: Database) {
  return {
    /** Tasks that are COMPLETED and settled, and whose `on_end` has not begun. Texts of targets are cut. */
    async findChained(limit: number): Promise<ChainedTask[]> {
      const filter = indexFirst(
        { 'chain.todo': true as const, settled: true, status: 'COMPLETED' as const },
        NOT_DELETING,
      );
      return db.tasks.find<ChainedTask>(filter, WITHOUT_ID).limit(limit).toArray();
    },
    /** Notes the task that follows, or why no task does. Does nothing if that is noted already. */
    async endChain(taskId: string, outcome: Pick<Task, 'next_task'> | Pick<Task, 'on_end_error'>): Promise<void> {
      const filter = { task_id: taskId, 'chain.todo': true as const };
      await db.tasks.updateOne(filter, { $set: outcome, $unset: { 'chain.todo': 1 }, $inc: { rev: 1 } });
    },
    /**
     * Every port that is open on some address of a task, ascending. Rejects with AppError `no_answer_in_time` when
     * `signal` aborts.
     */
    async findOpenPorts(taskId: string, signal: AbortSignal): Promise<number[]> {
      const filter = { task_id: taskId, has_open_ports: true };
      const found = findFields(db.subTasks, filter, ['scan_result.open_ports'], { batchSize: BATCH });
      const ports = new Set<number>();
      for await (const { scan_result } of found) {
        if (signal.aborted) throw new AppError('no_answer_in_time');
        for (const port of scan_result?.open_ports ?? []) ports.add(port);
      }
      return [...ports].sort((a, b) => a - b);
    },
  };
}
