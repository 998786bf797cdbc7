import type { Duty } from '@cyberstroll/runtime';
import type { LeaseStore } from './lease-store';

/** The part of its time after which a lease is renewed; until then the owner need not ask. */
const RENEW_AFTER = 1 / 3;

/** A lease as a sweep's duty: taken, renewed in good time, and given back. */
export function createDuty(leases: Pick<LeaseStore, 'acquire' | 'release'>, name: string, ttlMs: number): Duty {
  let renewAtMs = 0;
  return {
    async isMine() {
      const askedAtMs = performance.now();
      if (askedAtMs < renewAtMs) return true;
      renewAtMs = 0;
      const isMine = await leases.acquire(name, ttlMs);
      if (isMine) renewAtMs = askedAtMs + ttlMs * RENEW_AFTER;
      return isMine;
    },
    release: () => leases.release(name),
  };
}
