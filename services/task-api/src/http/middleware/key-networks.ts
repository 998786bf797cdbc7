import type { Caller } from '@cyberstroll/access';
import { findPathParameters, PATH_PARAMETERS, taskIdSchema } from '@cyberstroll/contracts';
import type { Store } from '@cyberstroll/store';

/**
 * Hides tasks outside the networks of the API key, before anything is done with them. What a list shows, and what a new
 * task may scan, is decided by their handlers.
 */
export async function guardTasks(
  { tasks }: Pick<Store, 'tasks'>,
  taskIds: readonly string[],
  { scope }: Pick<Caller, 'scope'>,
): Promise<void> {
  if (!scope) return;
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
