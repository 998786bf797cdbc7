import { isTransient } from './mongo-errors';

interface WaitingItem<Item> {
  item: Item;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * `write`, of many items, shared by callers that write one item each at the same time. While `atOnce` writes are under
 * way, new items wait, and are then written together, `limit` at most. Then many callers need few commands, and few
 * sessions of the database. If a write fails because of its items, each of them is written alone: none fails because of
 * another one.
 */
export function createSharedWrite<Item>(
  write: (items: readonly Item[]) => Promise<unknown>,
  { limit, atOnce }: { limit: number; atOnce: number },
): (item: Item) => Promise<void> {
  const waiting: WaitingItem<Item>[] = [];
  let underWay = 0;

  async function writeWaiting(): Promise<void> {
    underWay++;
    while (waiting.length > 0) await writeSome(waiting.splice(0, limit));
    underWay--;
  }

  async function writeSome(some: readonly WaitingItem<Item>[]): Promise<void> {
    try {
      await write(some.map(({ item }) => item));
      for (const { resolve } of some) resolve();
    } catch (error) {
      if (some.length > 1 && !isTransient(error)) for (const one of some) await writeSome([one]);
      else for (const { reject } of some) reject(error);
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (underWay < atOnce) void writeWaiting();
    });
}
