import { WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import type { Frame, ProgressSubscriber } from '@cyberstroll/progress';
import type { WebSocket } from 'ws';
import { decideSend } from '../core/slow-consumer-policy';
import type { PushMetrics } from '../metrics/push-metrics';
import { closeSocket } from './sockets';

const { tooSlow } = WEBSOCKET_CLOSES;

/**
 * Sends frames to a WebSocket, and keeps the newest one of each task while the socket is slow. `tick` closes a socket
 * that stays slow.
 */
export function createSubscriber(
  socket: WebSocket,
  now: () => number,
  metrics: Pick<PushMetrics, 'countFrame'>,
): ProgressSubscriber {
  /** By task; the one that waits longest comes first. */
  const held = new Map<string, Frame>();
  let slowSince: number | undefined;

  function sendHeld() {
    for (const [taskId, { bytes }] of held) {
      if (socket.readyState !== socket.OPEN) return;
      switch (decideSend({ bufferedBytes: socket.bufferedAmount, slowSince }, now())) {
        case 'send':
          held.delete(taskId);
          // What is held follows as soon as the socket has taken this one.
          socket.send(bytes, { binary: false }, sendHeld);
          metrics.countFrame('sent');
          slowSince = undefined;
          break;
        case 'hold':
          slowSince ??= now();
          return;
        case 'cut':
          metrics.countFrame('cut');
          closeSocket(socket, tooSlow);
          return;
      }
    }
  }

  return {
    push(frame) {
      if (held.has(frame.task_id)) metrics.countFrame('thinned');
      held.set(frame.task_id, frame);
      sendHeld();
    },
    tick: sendHeld,
  };
}
