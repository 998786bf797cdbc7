import { MAX_GRID_SUBTASKS } from '@cyberstroll/store';
import { Router } from 'express';
import { planGrid, toGridBytes } from '../core/plan-grid';
import { addOperations } from './add-operations';
import type { AppDeps } from './app-deps';

/** The state of every address of a task, in bytes. */
export function createGridRouter({ store }: Pick<AppDeps<'tasks' | 'subTasks'>, 'store'>): Router {
  const router = Router();

  addOperations(router, {
    async getTaskGrid({ params: { task_id }, query }) {
      const { task, snapshot } = await store.tasks.getStanding(task_id);
      const { total_targets } = task.progress;
      const { targets } = await store.tasks.getJobSource(task_id, total_targets);
      const plan = planGrid(targets, total_targets, query, MAX_GRID_SUBTASKS);
      const found = plan.query ? await store.subTasks.findGridGroups(task_id, plan.query) : [];
      const { status, seq, rev = task.rev } = snapshot;
      const facts = { task_id, status, seq, rev, total_targets, per: query.per, from: query.from };
      return { bytes: toGridBytes(plan, facts, targets, found) };
    },
  });

  return router;
}
