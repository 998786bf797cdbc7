import { MAX_REASON_LENGTH } from '@cyberstroll/contracts';
import { requireSchema } from '../../adapters/check-options';
import type { Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** Which options scan methods take. */
export const createMethodHandlers = ({ store: { scanMethods } }: Pick<AppDeps<'scanMethods'>, 'store'>): Handlers => ({
  listMethods: async () => ({ body: { items: await scanMethods.findAll() } }),

  async setMethod({ params: { method }, body: { reason: _, ...given }, caller }) {
    requireSchema(given.options_schema);
    const body = { method, ...given, operator: caller.name, updated_time: new Date() };
    await scanMethods.set(body);
    return { change: { subject: method, after: toText(given.options_schema) }, body };
  },

  async deleteMethod({ params: { method } }) {
    const body = await scanMethods.remove(method);
    return { change: { subject: method, before: toText(body.options_schema) }, body };
  },
});

const toText = (schema: object): string => JSON.stringify(schema).slice(0, MAX_REASON_LENGTH);
