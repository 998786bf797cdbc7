import { hasRole } from '@cyberstroll/access';
import { type BulkBody, type CleanUpOutcome, SHOWN_TASK_IDS, type TaskFilter } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';
import { toOwner } from '../middleware/audit';

/** Time limit of a search for many tasks, in milliseconds. */
const FIND_WITHIN_MS = 25_000;
const PAGE = 1_000;

/**
 * Commands for many tasks: stores which tasks, and what is to be done. The sweep `operations` carries it out;
 * retry-scheduler archives and deletes what a clean-up names.
 */
export function createOperationHandlers({
  store,
  noteOperation,
  logger,
}: Pick<AppDeps<'tasks' | 'operations' | 'cleanUp'>, 'store' | 'noteOperation' | 'logger'>): Handlers {
  /** The oldest first. */
  async function findTaskIds(filter: TaskFilter, limit: number): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = { sort: 'oldest' as const, cursor, limit: Math.min(PAGE, limit - ids.length) };
      const { items, next_cursor } = await store.tasks.findTasks({ ...filter, ...page });
      ids.push(...items.map(({ task_id }) => task_id));
      cursor = next_cursor;
    } while (cursor !== undefined && ids.length < limit);
    return ids;
  }

  return {
    bulkTasks: {
      withinMs: FIND_WITHIN_MS,
      async run({ body, caller, slot, response }) {
        const { filter, all: _, dry_run, limit, ...command }: BulkBody = body;
        const { name: operator, role } = caller;
        if (command.action === 'delete' && !hasRole(caller, 'admin')) {
          throw new AppError('forbidden', {
            detail: `delete needs the role admin; key ${operator} has the role ${role}`,
          });
        }
        const found = await findTaskIds(filter, limit + 1);
        const [task_ids, more] = [found.slice(0, limit), found.length > limit];
        if (dry_run) {
          const plan = { matched: task_ids.length, task_ids: task_ids.slice(0, SHOWN_TASK_IDS), more };
          return { status: 200, body: { dry_run: true as const, action: command.action, ...plan } };
        }
        const wanted = { ...command, filter, ...toOwner(response), task_ids, more };
        const operation = await store.operations.create(wanted, new Date(), slot?.id);
        noteOperation();
        const { operation_id, action, matched } = operation;
        logger.info({ operation_id, action, tasks: matched, operator }, 'operation requested');
        const location = `/api/operations/${operation_id}`;
        const change = { subject: operation_id, after: operation.state };
        return { status: 202, location, change, body: operation };
      },
    },
    listOperations: async ({ query }) => ({ body: await store.operations.findPage(query) }),
    getOperation: async ({ params }) => ({ body: await store.operations.getOperation(params.operation_id) }),
    async cancelOperation({ params: { operation_id }, query: { reason }, caller: { name: operator } }) {
      const operation = await store.operations.cancel(operation_id, { operator, reason }, new Date());
      logger.info({ operation_id, operator, state: operation.state }, 'operation cancelled');
      return { change: { after: operation.state }, body: operation };
    },

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
  };
}
