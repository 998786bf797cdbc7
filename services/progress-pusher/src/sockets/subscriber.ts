import type { AllTasksSubscriber, Batch, Frame } from '@cyberstroll/progress';
import type { WebSocket } from 'ws';
import type { PushMetrics } from '../metrics/push-metrics';
import { watchSlowness } from './slow-socket';

/**
 * Sends batches to a WebSocket, as what `toMessage` makes of them, and keeps the newest frame of each task while the
 * socket is slow. `tick` closes a socket that stays slow.
 */
export function createSubscriber(
  socket: WebSocket,
  now: () => number,
  metrics: Pick<PushMetrics, 'countFrame'>,
  toMessage: (batch: Batch) => Buffer,
): AllTasksSubscriber {
  /** What waits, by task. */
  const held = new Map<string, Frame>();
  const isReady = watchSlowness(socket, now, metrics);

  /** Whether it was sent. */
  function send(batch: Batch): boolean {
    if (!isReady()) return false;
    // What is held follows as soon as the socket has taken this one.
    socket.send(toMessage(batch), { binary: false }, sendHeld);
    metrics.countFrame('sent');
    return true;
  }

  function sendHeld() {
    if (held.size > 0 && send([...held.values()])) held.clear();
  }

  return {
    push(batch) {
      if (held.size === 0 && send(batch)) return;
      for (const frame of batch) {
        if (held.has(frame.task_id)) metrics.countFrame('thinned');
        held.set(frame.task_id, frame);
      }
      sendHeld();
    },
    tick: sendHeld,
  };
}
