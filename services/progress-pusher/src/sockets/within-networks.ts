import type { AllTasksSubscriber, Batch, Frame } from '@cyberstroll/progress';
import { BoundedMap } from '@cyberstroll/runtime';

/** Tasks that a subscriber remembers. */
const MAX_TASKS = 20_000;

/**
 * A subscriber that gets the frames of tasks in its networks alone. Each task is looked up once, many at a time; of a
 * task that waits for it the newest frame is kept. If the store cannot be read, the task's next frame tries again.
 */
export function withinNetworks(
  subscriber: AllTasksSubscriber,
  findInside: (taskIds: string[]) => Promise<string[]>,
): AllTasksSubscriber {
  const known = new BoundedMap<string, boolean>(MAX_TASKS);
  let waiting = new Map<string, Frame>();
  let isLooking = false;

  async function look(): Promise<void> {
    isLooking = true;
    while (waiting.size > 0) {
      const asked = [...waiting.keys()];
      const inside = await findInside(asked).catch(() => undefined);
      const frames = waiting;
      waiting = new Map();
      if (!inside) continue;
      const found = new Set(inside);
      for (const taskId of asked) known.set(taskId, found.has(taskId));
      push([...frames.values()]);
    }
    isLooking = false;
  }

  function push(batch: Batch): void {
    const inside = batch.filter(({ task_id }) => known.get(task_id));
    if (inside.length > 0) subscriber.push(inside);
    for (const frame of batch) if (!known.has(frame.task_id)) waiting.set(frame.task_id, frame);
    if (waiting.size > 0 && !isLooking) void look();
  }

  return { push, tick: subscriber.tick };
}
