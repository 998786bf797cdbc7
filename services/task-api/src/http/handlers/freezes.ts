import type { Caller } from '@cyberstroll/access';
import { type CreateFreezeBody, type Freeze, MAX_REASON_LENGTH, toSentence } from '@cyberstroll/contracts';
import { publishHolds } from '@cyberstroll/messaging';
import type { ChangedHolds, NewFreeze } from '@cyberstroll/store';
import { isRuleInside, toRuleMaker, toRuleNetworks } from '../../adapters/covered-networks';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';
import { toInvalidBody } from '../read-request';

/** Freezes and blackouts: make, list and lift them. Tasks are held and released before the answer. */
export function createFreezeHandlers({
  store,
  publisher,
  logger,
}: Pick<AppDeps<'freezes' | 'holds' | 'fleetEvents'>, 'store' | 'publisher' | 'logger'>): Handlers {
  const { freezes, holds, fleetEvents } = store;

  /** Nodes know it at once. What is missed here, by a crash or a task of this moment, the dispatcher does soon. */
  const publish = (changed: ChangedHolds, operator: string, timestamp: Date) =>
    publishHolds({ publisher, logger }, changed, { operator, timestamp });

  return {
    listFreezes: {
      isShared: () => true,
      async run({ query, caller }) {
        const page = await freezes.findPage(query, new Date());
        return { body: { ...page, items: page.items.filter((freeze) => isRuleInside(freeze, caller.scope)) } };
      },
    },

    async createFreeze({ body, caller, slot }: Call<'createFreeze'>) {
      const now = new Date();
      const freeze = await freezes.create(toNewFreeze(body, caller, now), now, slot?.id, toRuleMaker(caller));
      const sent_to_nodes = publish(await holds.beginRules([freeze], now), caller.name, now);
      await fleetEvents.noteFreeze(freeze);
      const change = { subject: freeze.freeze_id, after: toText(freeze) };
      return { change, body: { ...freeze, tasks: await holds.countHeldBy(freeze.freeze_id), sent_to_nodes } };
    },

    async liftFreeze({ params, caller }) {
      const now = new Date();
      // The sweep may release them first.
      const tasks = await holds.countHeldBy(params.freeze_id);
      const mayLift = caller.scope && ((found: Freeze) => isRuleInside(found, caller.scope));
      const freeze = await freezes.lift(params.freeze_id, now, mayLift);
      const changed = await holds.reviewHeld(await freezes.findAll(now), now);
      const sent_to_nodes = publish(changed, caller.name, now);
      await fleetEvents.noteLifted(freeze, now);
      const change = { subject: freeze.freeze_id, before: toText(freeze) };
      return { change, body: { ...freeze, tasks, sent_to_nodes } };
    },
  };
}

function toNewFreeze(
  { covers, reason, from, until, running }: CreateFreezeBody,
  { name, scope }: Pick<Caller, 'name' | 'scope'>,
  now: Date,
): NewFreeze {
  const networks = toRuleNetworks(covers, scope);
  const end = until === undefined ? undefined : new Date(until);
  if (end && end <= now) throw toInvalidBody('until', toSentence('past_end', { end_time: end }));
  return {
    kind: from === undefined ? 'freeze' : 'blackout',
    covers,
    reason,
    operator: name,
    running,
    ...networks,
    from: from === undefined ? now : new Date(from),
    ...(end && { until: end }),
  };
}

const toText = ({ covers, reason, from, until, running }: Omit<NewFreeze, 'kind' | 'operator'>): string =>
  JSON.stringify({ covers, from, until, running, reason }).slice(0, MAX_REASON_LENGTH);
