import { callManagement } from '@cyberstroll/testkit';
import { readUsage } from '../../bench/process-usage';
import type { LedgerSample } from '../checker/evidence';
import type { Ledger } from './ledger';
import type { Rig } from './rig';

/** What one state-updater may use. */
const MOST_RSS_MB = 300;

interface ChannelView {
  consumer_count?: number;
  messages_unacknowledged?: number;
  prefetch_count?: number;
  connection_details?: { peer_port?: number };
  number?: number;
}

/** Looks every second at what updaters and channels hold, and writes down each new height. Resolves a stop to the heights. */
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
    const channels = (await callManagement(rig.managementUrl, 'GET', '/api/channels')) as ChannelView[];
    for (const channel of channels) {
      const { consumer_count = 0, messages_unacknowledged: value = 0, prefetch_count: limit = 0 } = channel;
      const where = `channel ${channel.number} of port ${channel.connection_details?.peer_port}`;
      if (consumer_count > 0 && value > 0) note({ kind: 'sample', what: 'unacked', where, value, limit });
    }
  }
  // A broker that is down tells nothing.
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
