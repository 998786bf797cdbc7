import { WEBSOCKET_CLOSES } from '@cyberstroll/contracts';
import type { WebSocket } from 'ws';
import { decideSend } from '../core/slow-consumer-policy';
import type { PushMetrics } from '../metrics/push-metrics';

/** A message as it goes over the wire, made once for all who get it. */
export interface Frame {
  seq: number;
  bytes: Buffer;
}

export interface Subscriber {
  /** Sends the frame, or keeps it in place of an older one while the socket is slow. What is no news to it is dropped. */
  push(frame: Frame): void;
  /** Sends what a slow socket held back, once it has drained; cuts one that stays slow. Called several times a second. */
  tick(): void;
}

const { tooSlow } = WEBSOCKET_CLOSES;
/** A socket that reads nothing never sees the close frame: it is cut after this many milliseconds. */
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
