import { AppError } from '@cyberstroll/runtime';
import type { Handlers } from '../add-operations';
import { bindCursor } from '../answers/bind-cursor';
import type { AppDeps } from '../app-deps';

/** The inventory: what is open on each address, over all tasks. */
export function createHostHandlers({ store }: Pick<AppDeps<'hosts'>, 'store'>): Handlers {
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

    listChanges: async ({ query, caller }) => ({
      body: await store.hosts.findChanges({ ...query, within: caller.scope?.ranges }),
    }),
  };
}
