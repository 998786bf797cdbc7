import { createTaskBodySchema } from '@cyberstroll/contracts';
import type { NewTask, Store } from '@cyberstroll/store';
import { parseTargets } from '@cyberstroll/targets';

/** What task-api gives the store for a request. */
export function toNewTask(target = '127.0.0.0/24', config: object = {}, rest: object = {}): NewTask {
  const body = createTaskBodySchema.parse({
    task_target: target,
    task_initiator: 'tester',
    scan: { ports: '22' },
    config,
    ...rest,
  });
  return { ...body, targets: parseTargets(target) };
}

/** A task that the dispatcher has taken up; resolves with its id. */
export async function createQueuedTask(store: Store, target?: string, config?: object): Promise<string> {
  const { task } = await store.taskStates.createTask(toNewTask(target, config));
  await store.taskStates.updateTaskStatus(task.task_id, 'QUEUED', 'test', 'dispatcher');
  return task.task_id;
}
