import { type CreateExclusionBody, type ExclusionView, toSentence, toWindowText } from '@cyberstroll/contracts';
import { publishEvent } from '@cyberstroll/messaging';
import { AppError } from '@cyberstroll/runtime';
import type { NewExclusion } from '@cyberstroll/store';
import { parseTargets } from '@cyberstroll/targets';
import { toRuleMaker } from '../../adapters/covered-networks';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';
import { toInvalidBody } from '../read-request';

/** Exclusions. The other services hear of a change at once by an event, and find it anyhow within a second. */
export function createExclusionHandlers({
  store: { exclusions, search, tasks },
  publisher,
}: Pick<AppDeps<'exclusions' | 'search' | 'tasks'>, 'store' | 'publisher'>): Handlers {
  async function readExclusion({ params: { exclusion_id }, caller }: Pick<Call<'getExclusion'>, 'params' | 'caller'>) {
    const within = caller.scope?.ranges;
    const exclusion = await exclusions.getExclusion(exclusion_id, new Date(), within);
    const ids = exclusion.tasks.map(({ task_id }) => task_id);
    const inside = within && new Set(await tasks.findInside(ids, within));
    const shown = exclusion.tasks.filter(({ task_id }) => !inside || inside.has(task_id));
    const names = await search.findNames(shown.map(({ task_id }) => task_id));
    return { ...exclusion, tasks: shown.map((task) => ({ ...task, name: names.get(task.task_id) })) };
  }

  return {
    listExclusions: async ({ query, caller }) => ({
      body: await exclusions.findPage({ ...query, within: caller.scope?.ranges }, new Date()),
    }),
    getExclusion: async (call) => ({ body: await readExclusion(call) }),

    async createExclusion({ body, caller, slot }) {
      const now = new Date();
      const given = toNewExclusion(body, now);
      const outside = caller.scope?.findOutside(parseTargets(given.target));
      if (outside !== undefined) {
        const detail = `target: "${outside}" is outside the networks of your API key (${caller.scope!.toText()})`;
        throw new AppError('out_of_scope', { detail, field: 'target', entry: outside });
      }
      const created = await exclusions.create(given, caller.name, now, slot?.id, toRuleMaker(caller));
      const { exclusion_id } = created;
      publishEvent(publisher, 'exclusion', 'created', { reason: created.reason, operator: caller.name }, now);
      const location = `/api/exclusions/${exclusion_id}`;
      return { location, change: { subject: exclusion_id, after: toShownTarget(created) }, body: created };
    },

    async liftExclusion({ params, query: { reason }, caller }) {
      const now = new Date();
      const change = { operator: caller.name, reason, ...(caller.scope && { within: caller.scope.ranges }) };
      const { outcome, before } = await exclusions.lift(params.exclusion_id, change, now);
      if (outcome !== 'ended') publishEvent(publisher, 'exclusion', 'lifted', { reason, operator: caller.name }, now);
      if (outcome === 'deleted') return { body: { ...before, state: 'ended', tasks: [], more_tasks: false } };
      const body = await readExclusion({ params, caller });
      return { body, ...(outcome === 'lifted' && { change: { before: toShownTarget(body) } }) };
    },
  };
}

/** As the audit log shows it. */
const toShownTarget = ({ target, ports, hours = [] }: Pick<ExclusionView, 'target' | 'ports' | 'hours'>): string =>
  [target, ...(ports === undefined ? [] : [`ports ${ports}`]), ...hours.map(toWindowText)].join('; ');

function toNewExclusion(body: CreateExclusionBody, now: Date): NewExclusion {
  const { reason, ports, hours } = body;
  const start = body.start === undefined ? undefined : new Date(body.start);
  const end = body.end === undefined ? undefined : new Date(body.end);
  if (end && end <= now) throw toInvalidBody('end', toSentence('not_in_future'));
  if (end && start && end <= start) throw toInvalidBody('end', toSentence('not_after_start'));
  const { target } = body;
  // An earlier start would say that it was in force before anybody knew.
  const given = { target, reason, start: start && start > now ? start : undefined, end };
  return { ...given, ...(ports !== undefined && { ports }), ...(hours && { hours }) };
}
