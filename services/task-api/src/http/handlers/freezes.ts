import { type CreateFreezeBody, MAX_REASON_LENGTH } from '@cyberstroll/contracts';
import { publishHolds } from '@cyberstroll/messaging';
import { AppError } from '@cyberstroll/runtime';
import type { NewFreeze } from '@cyberstroll/store';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** Freezes and blackouts: make, list and lift them. Tasks are held and released before the answer. */
export function createFreezeHandlers({
  store,
  publisher,
  logger,
}: Pick<AppDeps<'freezes' | 'holds'>, 'store' | 'publisher' | 'logger'>): Handlers {
  const { freezes, holds } = store;

  /** Nodes know it at once. What is missed here, by a crash or a task of this moment, the sweep does a second later. */
  async function applyRules(operator: string, now: Date) {
    const changed = await holds.applyRules(await freezes.findAll(now), now);
    return publishHolds({ publisher, logger }, changed, { operator, timestamp: now });
  }

  return {
    listFreezes: async ({ query }) => ({ body: await freezes.findPage(query, new Date()) }),

    async createFreeze({ body, caller, slot }: Call<'createFreeze'>) {
      const now = new Date();
      const freeze = await freezes.create(toNewFreeze(body, caller.name, now), now, slot?.id);
      const sent_to_nodes = await applyRules(caller.name, now);
      const change = { subject: freeze.freeze_id, after: toText(freeze) };
      return { change, body: { ...freeze, tasks: await holds.countHeldBy(freeze.freeze_id), sent_to_nodes } };
    },

    async liftFreeze({ params, caller }) {
      const now = new Date();
      // The sweep may release them first.
      const tasks = await holds.countHeldBy(params.freeze_id);
      const freeze = await freezes.lift(params.freeze_id, now);
      const sent_to_nodes = await applyRules(caller.name, now);
      const change = { subject: freeze.freeze_id, before: toText(freeze) };
      return { change, body: { ...freeze, tasks, sent_to_nodes } };
    },
  };
}

function toNewFreeze({ covers, reason, from, until }: CreateFreezeBody, operator: string, now: Date): NewFreeze {
  const end = until === undefined ? undefined : new Date(until);
  if (end && end <= now) throw invalid('until', `must be in the future; it is ${end.toISOString()}`);
  return {
    kind: from === undefined ? 'freeze' : 'blackout',
    covers,
    reason,
    operator,
    from: from === undefined ? now : new Date(from),
    ...(end && { until: end }),
  };
}

const toText = ({ covers, reason, from, until }: Pick<NewFreeze, 'covers' | 'reason' | 'from' | 'until'>): string =>
  JSON.stringify({ covers, from, until, reason }).slice(0, MAX_REASON_LENGTH);

const invalid = (field: string, message: string): AppError =>
  new AppError('invalid_body', { detail: `${field}: ${message}`, field, errors: [{ field, message }] });
