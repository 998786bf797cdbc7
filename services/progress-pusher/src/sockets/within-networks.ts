import type { Frame, ProgressSubscriber } from '@cyberstroll/progress';
import { BoundedMap } from '@cyberstroll/runtime';

/** Tasks that a subscriber remembers. */
const MAX_TASKS = 20_000;

/**
 * A subscriber that gets the frames of tasks in its networks alone. Each task is looked up once, many at a time; of a
 * task that waits for it the newest frame is kept. If the store cannot be read, the task's next frame tries again.
 */
export function withinNetworks(
  subscriber: ProgressSubscriber,
  findInside: (taskIds: string[]) => Promise<string[]>,
): ProgressSubscriber {
  const known = new BoundedMap<string, boolean>(MAX_TASKS);
  let waiting = new Map<string, Frame>();
  let isLooking = false;

  async function look(): Promise<void> {
    isLooking = true;
    // Later in this turn: a new subscriber gets a frame of each open task at once.
    await Promise.resolve();
    while (waiting.size > 0) {
      const asked = [...waiting.keys()];
      const inside = await findInside(asked).catch(() => undefined);
      const frames = waiting;
      waiting = new Map();
      if (!inside) continue;
      const found = new Set(inside);
      for (const taskId of asked) known.set(taskId, found.has(taskId));
      for (const frame of frames.values()) push(frame);
    }
    isLooking = false;
  }

  function push(frame: Frame): void {
    const isInside = known.get(frame.task_id);
    if (isInside) subscriber.push(frame);
    if (isInside !== undefined) return;
    waiting.set(frame.task_id, frame);
    if (!isLooking) void look();
  }

  return { push, tick: subscriber.tick };
}
