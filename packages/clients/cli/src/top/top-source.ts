import type { FleetStatistics } from '@cyberstroll/client';
import type { ApiClient } from '../api-client';
import type { ApiNode, ApiTask } from '../api-types';
import { CliError, isLasting } from '../cli-error';
import { createRates } from './rates';

/** What one round of requests has answered. */
export interface TopView {
  /** The newest open tasks, with the addresses per second of each. */
  tasks: (ApiTask & { subtasks_per_second: number })[];
  /** Absent if the key may not see them: one with networks sees only its tasks. */
  nodes?: ApiNode[];
  statistics?: FleetStatistics;
  /** When the API answered, in milliseconds. */
  answeredAt: number;
  /** Why it has not answered since. */
  error?: string;
}

const OPEN_STATUSES: ApiTask['status'][] = ['RUNNING', 'PAUSED', 'QUEUED', 'CREATED'];
/** More than a screen can show. */
const LIMIT = 100;

/**
 * Asks the API with three requests. A failed round keeps the last view with its error. Throws if there is no view yet,
 * or if asking again cannot help.
 */
export function createTopSource({ GET, call }: ApiClient, now: () => number = Date.now): () => Promise<TopView> {
  const toRates = createRates();
  let last: TopView | undefined;

  async function ask(): Promise<TopView> {
    const [{ items: tasks }, nodes, statistics] = await Promise.all([
      call(GET('/api/tasks', { params: { query: { status: OPEN_STATUSES, limit: LIMIT } } }), 'items'),
      unlessForbidden(call(GET('/api/nodes', { params: { query: { limit: LIMIT } } }), 'items')),
      unlessForbidden(call(GET('/api/statistics'), 'tasks')),
    ]);
    const answeredAt = now();
    const rates = toRates(tasks, answeredAt);
    const rated = tasks.map((task) => ({ ...task, subtasks_per_second: rates.get(task.task_id)! }));
    return { tasks: rated, ...(nodes && { nodes: nodes.items }), ...(statistics && { statistics }), answeredAt };
  }

  return async () => {
    try {
      last = await ask();
    } catch (error) {
      if (!last || !(error instanceof CliError) || isLasting(error)) throw error;
      last = { ...last, error: error.message };
    }
    return last;
  };
}

const unlessForbidden = <Answer>(answer: Promise<Answer>): Promise<Answer | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof CliError && error.httpStatus === 403) return undefined;
    throw error;
  });
