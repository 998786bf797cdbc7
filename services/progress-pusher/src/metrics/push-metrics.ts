import { addGauge, Counter, type Registry } from '@cyberstroll/runtime';

export type PushMetrics = ReturnType<typeof createPushMetrics>;

export function createPushMetrics(
  registry: Registry,
  { countConnections, findMostBuffered }: { countConnections: () => number; findMostBuffered: () => number },
) {
  const registers = [registry];
  addGauge(registry, 'cyberstroll_websocket_connections', 'Open WebSockets', () => countConnections());
  addGauge(registry, 'cyberstroll_websocket_buffered_bytes', 'Unsent bytes of the slowest WebSocket', () =>
    findMostBuffered(),
  );
  const frames = new Counter({
    name: 'cyberstroll_websocket_frames_total',
    help:
      'Frames by outcome: sent; thinned (replaced by a newer one while the socket was slow); cut (the socket stayed ' +
      'slow and was closed)',
    labelNames: ['outcome'],
    registers,
  });
  const upgrades = new Counter({
    name: 'cyberstroll_websocket_upgrades_total',
    help: 'WebSocket upgrade requests by the HTTP status of the answer',
    labelNames: ['status'],
    registers,
  });
  for (const outcome of ['sent', 'thinned', 'cut']) frames.inc({ outcome }, 0);
  return {
    /** `thinned`: a newer frame replaced it while the socket was slow. `cut`: the socket stayed slow and was closed. */
    countFrame: (outcome: 'sent' | 'thinned' | 'cut'): void => frames.inc({ outcome }),
    /** 101: the client became a subscriber. */
    countUpgrade: (status: number): void => upgrades.inc({ status }),
  };
}
