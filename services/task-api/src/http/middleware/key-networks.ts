import { findPathParameters, PATH_PARAMETERS, taskIdSchema } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';
import type { RequestHandler, Response } from 'express';
import { getCaller } from '../caller';

const LOCAL = 'key_networks';

/** Provides the store to `guardTasks`. */
export const provideNetworks =
  ({ store }: { store: Pick<Store, 'tasks'> }): RequestHandler =>
  (_request, response, next) => {
    response.locals[LOCAL] = store;
    next();
  };

/**
 * Hides tasks outside the networks of the API key, before anything is done with them. What a list shows, and what a new
 * task may scan, is decided by their handlers.
 */
export async function guardTasks(taskIds: readonly string[], response: Response): Promise<void> {
  const { scope } = getCaller(response);
  if (!scope) return;
  const { tasks } = response.locals[LOCAL] as Pick<Store, 'tasks'>;
  for (const taskId of taskIds) await tasks.requireInside(taskId, scope.ranges);
}

/** The tasks that a request names: in its path, and as the one whose targets are scanned again. */
export function findTaskIds(path: string, params: object, body: unknown): string[] {
  const inPath = findPathParameters(path)
    .filter((name) => PATH_PARAMETERS[name].schema === taskIdSchema)
    .map((name) => (params as Record<string, string>)[name]!);
  const { from_task: from } = (body ?? {}) as { from_task?: unknown };
  return typeof from === 'string' ? [...inPath, from] : inPath;
}
