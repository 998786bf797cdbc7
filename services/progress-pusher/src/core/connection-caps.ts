import { type Refusal, toRefusal } from '@cyberstroll/contracts';

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
      if (total >= limits.total) return toTooMany('this replica is full; connect again', 503);
      if (ofAddress.count(address) >= limits.perAddress) {
        return toTooMany(`${limits.perAddress} per address are the limit`);
      }
      if (ofKey.count(key) >= limits.perKey) return toTooMany(`${limits.perKey} per API key are the limit`);
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

const toTooMany = (detail: string, status = 429): Refusal => toRefusal('too_many_connections', { detail, status });

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
