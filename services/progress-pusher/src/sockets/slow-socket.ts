import { WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import type { WebSocket } from 'ws';
import { decideSend } from '../core/slow-consumer-policy';
import type { PushMetrics } from '../metrics/push-metrics';
import { closeSocket } from './sockets';

/** Whether a socket takes more now. Ask before each message: a socket that stays slow is closed then. */
export function watchSlowness(
  socket: WebSocket,
  now: () => number,
  metrics: Pick<PushMetrics, 'countFrame'>,
): () => boolean {
  let slowSince: number | undefined;
  return function isReady() {
    if (socket.readyState !== socket.OPEN) return false;
    switch (decideSend({ bufferedBytes: socket.bufferedAmount, slowSince }, now())) {
      case 'send':
        slowSince = undefined;
        return true;
      case 'hold':
        slowSince ??= now();
        return false;
      case 'cut':
        metrics.countFrame('cut');
        closeSocket(socket, WEBSOCKET_CLOSES.tooSlow);
        return false;
    }
  };
}
