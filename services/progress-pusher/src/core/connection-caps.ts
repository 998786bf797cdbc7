import type { Refusal } from './judge-upgrade';

/** Counts connections, in all, by address and by API key, and says who is one too many. */
export interface ConnectionCaps {
  /** Counts one in, or says why not. */
  enter(who: Connection): Refusal | undefined;
  leave(who: Connection): void;
  total(): number;
}

export interface Connection {
  address: string;
  /** The API key's name. */
  key: string;
}

export function createConnectionCaps(limits: { total: number; perAddress: number; perKey: number }): ConnectionCaps {
  const ofAddress = createTally();
  const ofKey = createTally();
  let total = 0;
  return {
    enter({ address, key }) {
      if (total >= limits.total) return toRefusal(503, 'this replica is full; ask another');
      if (ofAddress.count(address) >= limits.perAddress) {
        return toRefusal(429, 'too many connections from this address');
      }
      if (ofKey.count(key) >= limits.perKey) return toRefusal(429, 'too many connections with this API key');
      total += 1;
      ofAddress.add(address);
      ofKey.add(key);
      return undefined;
    },
    leave({ address, key }) {
      total -= 1;
      ofAddress.remove(address);
      ofKey.remove(key);
    },
    total: () => total,
  };
}

const toRefusal = (status: number, detail: string): Refusal => ({ status, code: 'too_many_connections', detail });

/** It keeps nothing of whom it counts no more. */
function createTally() {
  const counts = new Map<string, number>();
  const count = (who: string) => counts.get(who) ?? 0;
  return {
    count,
    add: (who: string) => void counts.set(who, count(who) + 1),
    remove(who: string) {
      if (count(who) > 1) counts.set(who, count(who) - 1);
      else counts.delete(who);
    },
  };
}
