import type { CleanUpOutcome } from '@cyberstroll/contracts';
import { Router } from 'express';
import { addOperations } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** Clean-up on request: stores in one write which tasks to delete. retry-scheduler archives and deletes them. */
export function createCleanUpRouter({ store, logger }: Pick<AppDeps<'cleanUp'>, 'store' | 'logger'>): Router {
  const router = Router();

  addOperations(router, {
    async cleanUpTasks({ body: { expire_days: expireDays, dry_run, limit }, caller }) {
      const now = new Date();
      const found = await store.cleanUp.findExpired({ expireDays, limit: limit + 1, now });
      const outcome: CleanUpOutcome = { tasks: found.slice(0, limit), dry_run, more: found.length > limit };
      if (!dry_run) {
        const taskIds = outcome.tasks.map(({ task_id }) => task_id);
        const operator = caller.name;
        await store.cleanUp.request(taskIds, operator, now);
        logger.info({ tasks: taskIds.length, expire_days: expireDays, operator }, 'clean-up requested');
      }
      return { status: dry_run ? 200 : 202, body: outcome };
    },
  });

  return router;
}
