import type { Caller, ProxyTrust } from '@cyberstroll/access';
import { CHANGE_NUMBER, EVENT_STREAM, type ListChangesQuery } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import type { ChangeFilter } from '@cyberstroll/store';
import type { Handlers } from '../add-operations';
import { bindCursor } from '../answers/bind-cursor';
import { takeStreamPlace } from '../answers/stream-place';
import type { AppDeps } from '../app-deps';

/** The inventory: what is open on each address, over all tasks. */
export function createHostHandlers(
  { store, events: { changes, caps } }: Pick<AppDeps<'hosts'>, 'store' | 'events'>,
  { TRUST_PROXY: isTrusted }: { TRUST_PROXY: ProxyTrust },
): Handlers {
  return {
    async listHosts({ query: { limit, cursor, ...wanted }, caller }) {
      const filter = { ...wanted, within: caller.scope?.ranges };
      const cursors = bindCursor(filter);
      return { body: cursors.write(await store.hosts.findPage({ ...filter, limit, cursor: cursors.read(cursor) })) };
    },

    async getHost({ params: { ip }, caller }) {
      const host = await store.hosts.findOne(ip, caller.scope?.ranges);
      if (!host) throw new AppError('host_not_found', { detail: ip, field: 'ip' });
      return { body: host };
    },

    async listServices({ query: { limit, cursor, ...wanted }, caller }) {
      const filter = { ...wanted, within: caller.scope?.ranges };
      const cursors = bindCursor(filter);
      return {
        body: cursors.write(await store.hosts.findServices({ ...filter, limit, cursor: cursors.read(cursor) })),
      };
    },

    listChanges: async ({ query: { from, limit, ...wanted }, caller }) => ({
      body: await store.hosts.findChanges({ ...toFilter(wanted, caller), from, limit }),
    }),

    async streamChanges({ query: { from, ...wanted }, caller, request, response }) {
      const gone = takeStreamPlace(caps, isTrusted, { caller, request, response });
      const id = request.get('last-event-id');
      const after = id !== undefined && CHANGE_NUMBER.test(id) ? id : from;
      return { type: EVENT_STREAM, chunks: changes.follow(toFilter(wanted, caller), after, gone) };
    },
  };
}

const toFilter = ({ port, ...wanted }: Omit<ListChangesQuery, 'from' | 'limit'>, { scope }: Caller): ChangeFilter => ({
  ...wanted,
  ...(port !== undefined && { ports: [port] }),
  within: scope?.ranges,
});
