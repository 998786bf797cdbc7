import type { Leadership } from '@cyberstroll/runtime';
import type { LeaseStore } from './lease-store';

/** The part of its time after which a lease is renewed; until then the owner need not ask. */
const RENEW_AFTER = 1 / 3;

/** Leadership of a sweep by a lease: acquired, renewed in good time, and released. */
export function createLeadership(
  leases: Pick<LeaseStore, 'acquire' | 'release'>,
  name: string,
  ttlMs: number,
): Leadership {
  let renewAtMs = 0;
  return {
    async isLeader() {
      const askedAtMs = performance.now();
      if (askedAtMs < renewAtMs) return true;
      renewAtMs = 0;
      const isLeader = await leases.acquire(name, ttlMs);
      if (isLeader) renewAtMs = askedAtMs + ttlMs * RENEW_AFTER;
      return isLeader;
    },
    release: () => leases.release(name),
  };
}
