import { Counter, Gauge, type Registry } from '@cyberstroll/runtime';

export interface PushMetrics {
  /** `thinned`: a slow socket held it until a newer one took its place. `cut`: the socket was closed for staying slow. */
  countFrame(outcome: 'sent' | 'thinned' | 'cut'): void;
  /** `folded`: a newer one came before the interval was over. */
  countSnapshot(outcome: 'pushed' | 'folded'): void;
  /** 101 is a subscriber. */
  countUpgrade(status: number): void;
}

export function createPushMetrics(
  registry: Registry,
  { countConnections, findMostBuffered }: { countConnections: () => number; findMostBuffered: () => number },
): PushMetrics {
  const registers = [registry];
  new Gauge({
    name: 'cyberstroll_websocket_connections',
    help: 'Open WebSockets',
    registers,
    collect() {
      this.set(countConnections());
    },
  });
  new Gauge({
    name: 'cyberstroll_websocket_buffered_bytes',
    help: 'Bytes that wait unsent for the slowest WebSocket',
    registers,
    collect() {
      this.set(findMostBuffered());
    },
  });
  const frames = new Counter({
    name: 'cyberstroll_websocket_frames_total',
    help: 'Frames by what became of them: sent; thinned, since its socket was slow; cut with a socket that stayed slow',
    labelNames: ['outcome'],
    registers,
  });
  const snapshots = new Counter({
    name: 'cyberstroll_progress_snapshots_total',
    help: 'Snapshots of watched tasks: pushed to all who watch, or folded into the next of the same interval',
    labelNames: ['outcome'],
    registers,
  });
  const upgrades = new Counter({
    name: 'cyberstroll_websocket_upgrades_total',
    help: 'Asks for a WebSocket by the status that they were answered with',
    labelNames: ['status'],
    registers,
  });
  for (const outcome of ['sent', 'thinned', 'cut']) frames.inc({ outcome }, 0);
  for (const outcome of ['pushed', 'folded']) snapshots.inc({ outcome }, 0);
  return {
    countFrame: (outcome) => frames.inc({ outcome }),
    countSnapshot: (outcome) => snapshots.inc({ outcome }),
    countUpgrade: (status) => upgrades.inc({ status }),
  };
}
