import type { Refusal } from './judge-upgrade';

/** Counts connections, in all and by address, and says who is one too many. */
export interface ConnectionCaps {
  /** Counts one in, or says why not. */
  enter(address: string): Refusal | undefined;
  leave(address: string): void;
  total(): number;
}

export function createConnectionCaps(limits: { total: number; perAddress: number }): ConnectionCaps {
  const ofAddress = new Map<string, number>();
  let total = 0;
  return {
    enter(address) {
      const here = ofAddress.get(address) ?? 0;
      if (total >= limits.total) {
        return { status: 503, code: 'too_many_connections', detail: 'this replica is full; ask another' };
      }
      if (here >= limits.perAddress) {
        return { status: 429, code: 'too_many_connections', detail: 'too many connections from this address' };
      }
      total += 1;
      ofAddress.set(address, here + 1);
      return undefined;
    },
    leave(address) {
      const here = ofAddress.get(address) ?? 0;
      if (here === 0) return;
      total -= 1;
      if (here === 1) ofAddress.delete(address);
      else ofAddress.set(address, here - 1);
    },
    total: () => total,
  };
}
