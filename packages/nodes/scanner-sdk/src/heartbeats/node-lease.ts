import { createComponent } from '@cyberstroll/runtime';

/**
 * How long the node may keep its claims: until `leaseMs` after it sent the last heartbeat that the broker confirmed.
 * The server counts the node's silence from the time it reads that heartbeat, which is later, so this node stops before
 * another node starts. The state of the connection is not enough: a dead network is noticed late, and a broker with an
 * alarm keeps the connection but takes no heartbeat.
 */
export function createNodeLease({ leaseMs, onLapsed }: { leaseMs: number; onLapsed: () => void }) {
  let heldUntil = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function renew(sentAt: number) {
    // The last heartbeats are confirmed after the stop.
    if (stopped || sentAt + leaseMs <= Math.max(heldUntil, performance.now())) return;
    heldUntil = sentAt + leaseMs;
    clearTimeout(timer);
    timer = setTimeout(onLapsed, heldUntil - performance.now());
  }

  return {
    ...createComponent('node-lease', {
      start: () => renew(performance.now()),
      stop() {
        stopped = true;
        clearTimeout(timer);
      },
    }),
    /** False once the node is cut off: other nodes may have its subtasks, and nothing new may start. */
    isHeld: (): boolean => performance.now() < heldUntil,
    /** The broker has confirmed a heartbeat that was sent at `sentAt`, on the clock of `performance.now`. */
    renew,
  };
}
