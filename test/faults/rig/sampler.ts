import { callManagement } from '@cyberstroll/testkit';
import { readUsage } from '../../bench/stack/process-usage';
import type { LedgerSample } from '../checker/evidence';
import type { Ledger } from './ledger';
import { readMetric } from './read-metric';
import type { Rig } from './rig';

/** What one state-updater may use. */
const MOST_RSS_MB = 300;
/** What a WebSocket may hold unsent, and the frame that came on top. */
const MOST_SOCKET_BYTES = 64 * 1_024 + 1_024;

interface ChannelView {
  consumer_count?: number;
  messages_unacknowledged?: number;
  prefetch_count?: number;
  connection_details?: { peer_port?: number };
  number?: number;
}

/**
 * Looks every second at what updaters, channels, outboxes and WebSockets hold, and writes down each new height.
 * Resolves a stop to the heights.
 */
export function startSampling(rig: Rig, ledger: Ledger): () => Promise<LedgerSample[]> {
  const heights = new Map<string, LedgerSample>();
  function note(sample: LedgerSample) {
    const key = `${sample.what} ${sample.where}`;
    const before = heights.get(key);
    if (before && before.value - before.limit >= sample.value - sample.limit) return;
    heights.set(key, sample);
    ledger.write(sample);
  }
  async function sample() {
    for (const { instance, identity } of rig.find('state-updater')) {
      if (!identity) continue;
      const { rss_mb } = readUsage(identity.pid);
      note({ kind: 'sample', what: 'rss_mb', where: instance, value: rss_mb, limit: MOST_RSS_MB });
    }
    for (const { name, instance, health_url, identity } of rig.stack.services) {
      if (!identity) continue;
      // One that is just being started or killed answers nothing.
      const read = (metric: string) => readMetric(health_url, metric).catch(() => []);
      for (const value of await read('cyberstroll_outbox_full_ratio')) {
        note({ kind: 'sample', what: 'outbox_ratio', where: instance, value, limit: 1 });
      }
      if (name !== 'progress-pusher') continue;
      for (const value of await read('cyberstroll_websocket_buffered_bytes')) {
        note({ kind: 'sample', what: 'socket_bytes', where: instance, value, limit: MOST_SOCKET_BYTES });
      }
    }
    const channels = (await callManagement(rig.managementUrl, 'GET', '/api/channels')) as ChannelView[];
    for (const channel of channels) {
      const { consumer_count = 0, messages_unacknowledged: value = 0, prefetch_count = 0 } = channel;
      // After a careful start a channel has a second consumer, for one message; RabbitMQ reports the prefetch of one of
      // the two.
      const limit = prefetch_count + 1;
      const where = `channel ${channel.number} of port ${channel.connection_details?.peer_port}`;
      if (consumer_count > 0 && value > 0) note({ kind: 'sample', what: 'unacked', where, value, limit });
    }
  }
  // A broker that is down answers nothing.
  let sampling = Promise.resolve();
  const timer = setInterval(() => {
    sampling = sampling.then(sample).catch(() => undefined);
  }, 1_000);
  return async () => {
    clearInterval(timer);
    await sampling;
    return [...heights.values()];
  };
}
