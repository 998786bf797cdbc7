import type { KeyScope } from '@cyberstroll/access';
import { type Covers, type Limit, type LimitView, type PerPrefix, toWindowText } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { findKeyRange } from '@cyberstroll/targets';
import { isWindowOpen } from '@cyberstroll/task-state';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** Limits: create, list, change and remove them. */
export function createLimitHandlers({ store: { limits } }: Pick<AppDeps<'limits'>, 'store'>): Handlers {
  /** With their live use, oldest first. */
  async function readViews(): Promise<LimitView[]> {
    const standing = await limits.findStanding([]);
    const now = new Date();
    return standing.flatMap(({ stored, tasks, use: { prefixes, ...counts }, state: { next_start } }) => {
      if (!stored) return [];
      const isPaced = next_start && stored.max_starts_per_second !== undefined;
      const fullest_prefix = findFullest(prefixes);
      const use = {
        tasks: tasks.size,
        ...counts,
        ...(fullest_prefix && { fullest_prefix }),
        ...(isPaced && { next_start }),
      };
      return [{ ...stored, use, in_force: isWindowOpen(stored.windows, now) }];
    });
  }

  async function readView(limitId: string): Promise<LimitView> {
    const view = (await readViews()).find(({ limit_id }) => limit_id === limitId);
    if (view) return view;
    throw new AppError('limit_not_found', { detail: limitId, field: 'limit_id' });
  }

  async function getInside(limitId: string, scope: KeyScope | undefined): Promise<Limit> {
    const limit = await limits.getLimit(limitId);
    if (isInside(limit.covers, scope)) return limit;
    throw new AppError('limit_not_found', { detail: limitId, field: 'limit_id' });
  }

  return {
    async listLimits({ caller }) {
      const items = (await readViews()).filter(({ covers }) => isInside(covers, caller.scope));
      return { body: { items } };
    },
    async createLimit({ body, caller, slot }: Call<'createLimit'>) {
      if (!isInside(body.covers, caller.scope)) {
        const detail = `covers: your API key may limit networks in ${caller.scope!.toText()} alone`;
        throw new AppError('out_of_scope', { detail, field: 'covers' });
      }
      const created = await limits.create({ ...body, operator: caller.name }, new Date(), slot?.id);
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

/** A key that has networks sees and changes only limits on networks inside them. */
function isInside(covers: Covers | undefined, scope: KeyScope | undefined): boolean {
  if (!scope) return true;
  const range = covers?.network === undefined ? undefined : findKeyRange(covers.network);
  return range !== undefined && scope.ranges.some(({ first, last }) => first <= range.first && range.last <= last);
}

function findFullest(prefixes: ReadonlyMap<string, number> = new Map()): LimitView['use']['fullest_prefix'] {
  const [first] = [...prefixes].sort(([, a], [, b]) => b - a);
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
