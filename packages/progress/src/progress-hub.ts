import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { createComponent } from '@cyberstroll/runtime';
import { type ChannelDeps, createTaskChannel, type ProgressSubscriber, type TaskChannel } from './task-channel';

/** Milliseconds between two ticks of the subscribers. */
const TICK_MS = 250;

export type ProgressHub = ReturnType<typeof createProgressHub>;

/** One channel per watched task, open as long as the task has a subscriber. */
export function createProgressHub(deps: ChannelDeps) {
  const channels = new Map<string, TaskChannel>();
  let ticker: NodeJS.Timeout | undefined;

  function tick() {
    for (const channel of channels.values()) channel.tick();
  }

  /** The ticks end with the last channel. */
  function close(taskId: string, channel: TaskChannel) {
    channels.delete(taskId);
    if (channels.size === 0) {
      clearInterval(ticker);
      ticker = undefined;
    }
    return channel.close().catch((err) => deps.logger.warn({ err, task_id: taskId }, 'unsubscribe failed'));
  }

  return {
    ...createComponent('hub', {
      async stop() {
        await Promise.all([...channels].map(([taskId, channel]) => close(taskId, channel)));
      },
    }),
    /**
     * Gives the task's frames to the subscriber until `leave` is called. `snapshot` is the present state of the task:
     * it is the first frame.
     */
    join(taskId: string, snapshot: ProgressSnapshot, subscriber: ProgressSubscriber): () => void {
      const channel = channels.get(taskId) ?? createTaskChannel(taskId, deps);
      channels.set(taskId, channel);
      ticker ??= setInterval(tick, TICK_MS);
      channel.join(subscriber, snapshot);
      return function leave() {
        channel.leave(subscriber);
        if (channel.isEmpty() && channels.get(taskId) === channel) void close(taskId, channel);
      };
    },
  };
}
