import { type Refusal, toRefusal } from '@cyberstroll/contracts';

/** Counts connections in total, by address and by API key, and refuses those above a limit. */
export type ConnectionCaps = ReturnType<typeof createConnectionCaps>;

export interface Connection {
  address: string;
  /** The API key's name. */
  key: string;
}

export function createConnectionCaps(limits: { total: number; perAddress: number; perKey: number }) {
  const ofAddress = createTally();
  const ofKey = createTally();
  let total = 0;
  return {
    /** Counts a connection, or returns why it is refused. */
    enter({ address, key }: Connection): Refusal | undefined {
      if (total >= limits.total)
        return toTooMany(`this replica has its limit of ${limits.total} connections; connect again`, 503);
      if (ofAddress.count(address) >= limits.perAddress) {
        return toTooMany(`too many connections; the limit is ${limits.perAddress} per address`);
      }
      if (ofKey.count(key) >= limits.perKey)
        return toTooMany(`too many connections; the limit is ${limits.perKey} per API key`);
      total += 1;
      ofAddress.add(address);
      ofKey.add(key);
      return undefined;
    },
    leave({ address, key }: Connection): void {
      total -= 1;
      ofAddress.remove(address);
      ofKey.remove(key);
    },
    total: (): number => total,
  };
}

const toTooMany = (detail: string, status = 429): Refusal => toRefusal('too_many_connections', { detail, status });

/** Names whose count is 0 are removed. */
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
