import type { KeyScope } from '@cyberstroll/access';
import { type Limit, type LimitView, type PerPrefix, toWindowText } from '@cyberstroll/contracts';
import { AppError, createSharedCall } from '@cyberstroll/runtime';
import { isWindowOpen } from '@cyberstroll/task-state';
import { isRuleInside, toRuleMaker, toRuleNetworks } from '../../adapters/covered-networks';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** Tasks that are named as those that hold the room of a limit. */
const SHOWN_HOLDERS = 3;
/** However many look at the limits, their use is read once in this many milliseconds. */
const KEEP_MS = 2_000;

/** Limits: create, list, change and remove them. */
export function createLimitHandlers({
  store: { limits, search },
}: Pick<AppDeps<'limits' | 'search'>, 'store'>): Handlers {
  const readNow = createSharedCall(readViews);
  const readKept = createSharedCall(async () => ({ versions: await limits.findVersions(), views: await readViews() }), {
    keepMs: KEEP_MS,
  });

  /** As of a moment ago, unless one was made, changed or removed since. */
  async function readList(): Promise<LimitView[]> {
    const [versions, kept] = await Promise.all([limits.findVersions(), readKept()]);
    if (versions === kept.versions) return kept.views;
    readKept.drop();
    return (await readKept()).views;
  }

  /** With their live use, oldest first. */
  async function readViews(): Promise<LimitView[]> {
    const standing = await limits.findOverAll();
    const now = new Date();
    const holders = new Map(standing.map(({ key, held }) => [key, findMost(held, SHOWN_HOLDERS)]));
    const names = await search.findNames([...holders.values()].flat().map(([taskId]) => taskId));
    const toHolder = ([task_id, outstanding]: readonly [string, number]) => {
      const name = names.get(task_id);
      return { task_id, ...(name !== undefined && { name }), outstanding };
    };
    return standing.flatMap(({ key, stored, tasks, use: { prefixes, ...counts }, state: { next_start } }) => {
      if (!stored) return [];
      const isPaced = next_start && stored.max_starts_per_second !== undefined;
      const fullest_prefix = findFullest(prefixes);
      const use = {
        tasks: tasks.size,
        ...counts,
        held_by: holders.get(key)!.map(toHolder),
        ...(fullest_prefix && { fullest_prefix }),
        ...(isPaced && { next_start }),
      };
      return [{ ...stored, use, in_force: isWindowOpen(stored.windows, now) }];
    });
  }

  async function readView(limitId: string): Promise<LimitView> {
    const view = (await readNow()).find(({ limit_id }) => limit_id === limitId);
    if (view) return view;
    throw new AppError('limit_not_found', { detail: limitId, field: 'limit_id' });
  }

  async function getInside(limitId: string, scope: KeyScope | undefined): Promise<Limit> {
    const limit = await limits.getLimit(limitId);
    if (isRuleInside(limit, scope)) return limit;
    throw new AppError('limit_not_found', { detail: limitId, field: 'limit_id' });
  }

  return {
    listLimits: {
      isShared: () => true,
      async run({ caller }) {
        const items = (await readList()).filter((limit) => isRuleInside(limit, caller.scope));
        return { body: { items } };
      },
    },
    async createLimit({ body, caller, slot }: Call<'createLimit'>) {
      const given = { ...body, ...toRuleNetworks(body.covers, caller.scope), operator: caller.name };
      const created = await limits.create(given, new Date(), slot?.id, toRuleMaker(caller));
      const { limit_id } = created;
      const location = `/api/limits/${limit_id}`;
      return { status: 201, location, change: { subject: limit_id }, body: await readView(limit_id) };
    },
    async changeLimit({ params, body, caller }: Call<'changeLimit'>) {
      const before = await getInside(params.limit_id, caller.scope);
      const after = await limits.change(params.limit_id, body, new Date());
      return { change: { before: toText(before), after: toText(after) }, body: await readView(after.limit_id) };
    },
    async deleteLimit({ params, caller }: Call<'deleteLimit'>) {
      const before = await getInside(params.limit_id, caller.scope);
      await limits.remove(params.limit_id);
      return { change: { before: toText(before) }, body: before };
    },
  };
}

const findMost = (counts: ReadonlyMap<string, number> = new Map(), most: number) =>
  [...counts].sort(([, a], [, b]) => b - a).slice(0, most);

function findFullest(prefixes: ReadonlyMap<string, number> | undefined): LimitView['use']['fullest_prefix'] {
  const [first] = findMost(prefixes, 1);
  return first && { prefix: first[0], outstanding: first[1] };
}

const toText = ({ max_concurrent, max_starts_per_second, per_prefix, windows = [] }: Limit): string =>
  [
    ...(max_concurrent === undefined ? [] : [`${max_concurrent} at once`]),
    ...(max_starts_per_second === undefined ? [] : [`${max_starts_per_second} per second`]),
    ...(per_prefix ? [toPrefixText(per_prefix)] : []),
    ...windows.map(toWindowText),
  ].join(', ');

const toPrefixText = ({ max_concurrent, ipv4_length, ipv6_length }: PerPrefix): string =>
  `${max_concurrent} at once in each /${ipv4_length} and /${ipv6_length}`;
