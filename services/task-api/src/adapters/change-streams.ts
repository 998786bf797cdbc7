import type { InventoryChange, ListChangesQuery } from '@cyberstroll/contracts';
import { createComponent, createSharedCall, delay, type Logger, toAppError } from '@cyberstroll/runtime';
import type { ChangeFilter, Store } from '@cyberstroll/store';

/** A client waits this long before it connects again, in milliseconds. */
const RECONNECT_MS = 2_000;
/** After this long without an event a comment shows that the stream is alive. */
const ALIVE_MS = 15_000;
/** Between two looks for new changes: one read of one number, which all streams share. */
const LOOK_MS = 1_000;
const PAGE = 500;

export type ChangeStreams = ReturnType<typeof createChangeStreams>;

/** The open streams of the changes of the inventory. A stream reads no more than its client takes. */
export function createChangeStreams({ store, logger }: { store: Pick<Store, 'hosts'>; logger: Logger }) {
  const stopped = new AbortController();
  const findLast = createSharedCall(() => store.hosts.findLastChange(), { keepMs: LOOK_MS });
  let open = 0;

  async function* follow(
    wanted: ChangeFilter,
    from: ListChangesQuery['from'],
    gone: AbortSignal,
  ): AsyncGenerator<string> {
    const ended = AbortSignal.any([gone, stopped.signal]);
    open += 1;
    try {
      let next = from ?? String(await findLast());
      yield `retry: ${RECONNECT_MS}\n\n`;
      let aliveAt = performance.now();
      while (!ended.aborted) {
        const text = await read();
        if (text !== '') yield text;
        else if (performance.now() - aliveAt < ALIVE_MS) continue;
        else yield ':\n\n';
        aliveAt = performance.now();
      }

      async function read(): Promise<string> {
        try {
          if ((await findLast()) > Number(next)) {
            const page = await store.hosts.findChanges({ ...wanted, from: next, limit: PAGE });
            next = page.next;
            if (page.items.length > 0 || !page.is_complete) return page.items.map(toText).join('');
          }
        } catch (error) {
          logger.debug({ code: toAppError(error).code }, 'changes not read');
        }
        await delay(LOOK_MS, ended);
        return '';
      }
    } finally {
      open -= 1;
    }
  }

  return {
    ...createComponent('change streams', { stop: () => stopped.abort() }),
    /**
     * The changes after the one with the number `from`, as text; by default those from now on. They end when `gone`
     * aborts, and when this component stops; clients then continue elsewhere.
     */
    follow,
    /** Streams that are open. */
    count: (): number => open,
  };
}

const toText = (change: InventoryChange): string =>
  `id: ${change.change}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`;
