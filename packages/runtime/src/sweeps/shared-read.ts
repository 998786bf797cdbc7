import { createSharedCall } from './shared-call';

/**
 * `read`, by many keys at once, shared by callers that ask for one key each at the same time. While a read is under
 * way, the keys that are asked for wait for the next one. So each caller gets what was read after it asked, and there
 * is one read at a time, however many ask. A read has `limit` keys at most; the others wait for the next one.
 * `undefined` for a key that was not found.
 */
export function createSharedRead<Found>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
  limit = Number.POSITIVE_INFINITY,
): (key: string) => Promise<Found | undefined> {
  const asked = new Set<string>();
  const readAsked = createSharedCall(async () => {
    const keys = [...asked].slice(0, limit);
    for (const key of keys) asked.delete(key);
    return { keys: new Set(keys), found: await read(keys) };
  });
  return async (key) => {
    asked.add(key);
    for (;;) {
      const { keys, found } = await readAsked();
      if (keys.has(key)) return found.get(key);
    }
  };
}
