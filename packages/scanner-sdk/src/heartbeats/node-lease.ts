import { type Component, createComponent } from '@cyberstroll/runtime';

export interface NodeLease extends Component {
  /** False once the node is cut off: what it held may be another's, and nothing new may begin. */
  isHeld(): boolean;
  /** A heartbeat that was sent at `sentAt` has reached the broker. On the clock of `performance.now`. */
  renew(sentAt: number): void;
}

/**
 * How long the node may go on with what it holds: `leaseMs` from the sending of the last heartbeat that the broker has
 * confirmed. The server counts the node's silence from when it reads that heartbeat, which is later: so the node has let go
 * before another begins. A lost connection alone says too little: a dead network is noticed late, and a broker with an
 * alarm keeps the connection and takes no heartbeat.
 */
export function createNodeLease({ leaseMs, onLapsed }: { leaseMs: number; onLapsed: () => void }): NodeLease {
  let heldUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  function renew(sentAt: number) {
    if (sentAt + leaseMs <= Math.max(heldUntil, performance.now())) return;
    heldUntil = sentAt + leaseMs;
    clearTimeout(timer);
    timer = setTimeout(onLapsed, heldUntil - performance.now());
  }

  return {
    ...createComponent('node-lease', {
      start: () => renew(performance.now()),
      stop: () => clearTimeout(timer),
    }),
    isHeld: () => performance.now() < heldUntil,
    renew,
  };
}
