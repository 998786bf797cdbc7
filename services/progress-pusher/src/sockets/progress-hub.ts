import type { ProgressSnapshot } from '@cyberstroll/contracts';
import { type Component, createComponent } from '@cyberstroll/runtime';
import type { WebSocket } from 'ws';
import { createSubscriber } from './subscriber';
import { type ChannelDeps, createTaskChannel, type TaskChannel } from './task-channel';

/** How often slow sockets are looked at, in milliseconds. */
const TICK_MS = 250;

export interface ProgressHub extends Component {
  /** From here on the socket gets the task's frames, until it closes. `snapshot` is how the task stands now. */
  join(socket: WebSocket, taskId: string, snapshot: ProgressSnapshot): void;
}

/** The watched tasks: a channel each, from the first subscriber to the last. */
export function createProgressHub(deps: ChannelDeps): ProgressHub {
  const channels = new Map<string, TaskChannel>();
  let ticker: NodeJS.Timeout | undefined;

  function close(taskId: string, channel: TaskChannel) {
    channels.delete(taskId);
    return channel.close().catch((err) => deps.logger.warn({ err, task_id: taskId }, 'not unsubscribed'));
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
