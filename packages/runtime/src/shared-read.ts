import { createSharedCall } from './shared-call';

/**
 * `read`, by many keys at once, shared by callers that ask for one key each at the same time. While a read is under
 * way, the keys that are asked for wait for the next one. So each caller gets what was read after it asked, and there
 * is one read at a time, however many ask. `undefined` for a key that was not found.
 */
export function createSharedRead<Found>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Found>>,
): (key: string) => Promise<Found | undefined> {
  let asked = new Set<string>();
  const readAsked = createSharedCall(() => {
    const keys = [...asked];
    asked = new Set();
    return read(keys);
  });
  return async (key) => {
    asked.add(key);
    return (await readAsked()).get(key);
  };
}
