import type { WebSocket } from 'ws';
import type { PushMetrics } from '../metrics/push-metrics';
import type { GridSubscriber, ReloadReason } from './grid-feed';
import { watchSlowness } from './slow-socket';

/**
 * Sends changes to a WebSocket. While the socket is slow they are dropped, and once it has taken what it has, its
 * client is to read the snapshot again. A socket that stays slow is closed.
 */
export function createGridSubscriber(
  socket: WebSocket,
  now: () => number,
  metrics: Pick<PushMetrics, 'countFrame'>,
): GridSubscriber {
  const isReady = watchSlowness(socket, now, metrics);
  /** Text that waits: the last one says all. */
  let waiting: string | undefined;

  function tick() {
    if (waiting === undefined || !isReady()) return;
    socket.send(waiting);
    metrics.countFrame('sent');
    waiting = undefined;
  }

  function say(message: object) {
    waiting = JSON.stringify(message);
    tick();
  }
  const reload = (reason: ReloadReason, spreadMs = 0) => say({ type: 'reload', reason, spread_ms: spreadMs });

  return {
    push(frame) {
      // Text that waits comes first: after a reload no change before it counts.
      if (waiting === undefined && isReady()) {
        socket.send(frame);
        metrics.countFrame('sent');
        return;
      }
      metrics.countFrame('thinned');
      if (waiting === undefined) reload('too_slow');
    },
    reload,
    away: () => say({ type: 'away' }),
    tick,
  };
}
