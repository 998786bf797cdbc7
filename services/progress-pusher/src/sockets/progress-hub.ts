import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { type Component, createComponent } from '@cyberstroll/runtime';
import type { WebSocket } from 'ws';
import { createSubscriber } from './subscriber';
import { type ChannelDeps, createTaskChannel, type TaskChannel } from './task-channel';

/** Milliseconds between two checks of slow sockets. */
const TICK_MS = 250;

export interface ProgressHub extends Component {
  /** Sends the task's frames to the socket until it closes. `snapshot` is the present state of the task. */
  join(socket: WebSocket, taskId: string, snapshot: ProgressSnapshot): void;
}

/** One channel per watched task, open as long as the task has a subscriber. */
export function createProgressHub(deps: ChannelDeps): ProgressHub {
  const channels = new Map<string, TaskChannel>();
  let ticker: NodeJS.Timeout | undefined;

  function close(taskId: string, channel: TaskChannel) {
    channels.delete(taskId);
    return channel.close().catch((err) => deps.logger.warn({ err, task_id: taskId }, 'unsubscribe failed'));
  }

  return {
    ...createComponent('hub', {
      start() {
        ticker = setInterval(() => {
          for (const channel of channels.values()) channel.tick();
        }, TICK_MS);
      },
      async stop() {
        clearInterval(ticker);
        await Promise.all([...channels].map(([taskId, channel]) => close(taskId, channel)));
      },
    }),
    join(socket, taskId, snapshot) {
      const channel = channels.get(taskId) ?? createTaskChannel(taskId, deps);
      channels.set(taskId, channel);
      const subscriber = createSubscriber(socket, deps.now, deps.metrics);
      socket.once('close', () => {
        channel.leave(subscriber);
        if (channel.isEmpty()) void close(taskId, channel);
      });
      channel.join(subscriber, snapshot);
    },
  };
}
