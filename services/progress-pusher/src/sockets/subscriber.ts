import { WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import type { WebSocket } from 'ws';
import { decideSend } from '../core/slow-consumer-policy';
import type { PushMetrics } from '../metrics/push-metrics';

/** A message as it is sent, encoded once for all subscribers. */
export interface Frame {
  seq: number;
  bytes: Buffer;
}

export interface Subscriber {
  /**
   * Sends the frame, or keeps it in place of an older one while the socket is slow. Drops a frame whose `seq` is not
   * newer.
   */
  push(frame: Frame): void;
  /**
   * Sends the frame that waits once the socket has drained; closes a socket that stays slow. Called several times a
   * second.
   */
  tick(): void;
}

const { tooSlow } = WEBSOCKET_CLOSES;
/** A client that reads nothing never answers the close frame: its socket is destroyed after this many milliseconds. */
const CLOSE_GRACE_MS = 2_000;

export function createSubscriber(
  socket: WebSocket,
  now: () => number,
  metrics: Pick<PushMetrics, 'countFrame'>,
): Subscriber {
  let lastSeq = -1;
  let held: Frame | undefined;
  let slowSince: number | undefined;

  function trySend() {
    if (!held || socket.readyState !== socket.OPEN) return;
    switch (decideSend({ bufferedBytes: socket.bufferedAmount, slowSince }, now())) {
      case 'send':
        lastSeq = held.seq;
        socket.send(held.bytes, { binary: false });
        metrics.countFrame('sent');
        held = undefined;
        slowSince = undefined;
        break;
      case 'hold':
        slowSince ??= now();
        break;
      case 'cut':
        metrics.countFrame('cut');
        socket.close(tooSlow.code, tooSlow.reason);
        setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    }
  }

  return {
    push(frame) {
      if (frame.seq <= lastSeq) return;
      if (held && held.seq < frame.seq) metrics.countFrame('thinned');
      held = frame;
      trySend();
    },
    tick: trySend,
  };
}
