/**
 * What services keep of the exclusions and lists that have not ended. Heads are read each time, the entries of a list
 * once for each of its revisions: a read of all lists every second would be megabytes.
 */
import { type Exclusion, exclusionListSchema, exclusionSchema, MAX_EXCLUSIONS } from '@cyberstroll/contracts';
import { createSharedCall } from '@cyberstroll/runtime';
import { parseTargets } from '@cyberstroll/targets';
import {
  type ExclusionInForce,
  type TimedPortExclusion,
  toExclusionState,
  toListInForce,
} from '@cyberstroll/task-state';
import type * as z from 'zod';
import type { Database } from '../mongodb/models/database';
import { IS_LIST, notOver, RECENT_MS, readRules } from '../rules/read-rules';

/**
 * `key` and `changed_time` change with its content. A list is one for each of its port lists, and one for its whole
 * addresses.
 */
export type OpenExclusion = ExclusionInForce &
  Pick<Exclusion, 'start' | 'until' | 'hours'> & { key: string; changed_time: Date };

const TIMED = { target: true, ports: true, start: true, until: true, hours: true } as const;
const OPEN = { ...TIMED, exclusion_id: true, reason: true, created_time: true } as const;
const timedSchema = exclusionSchema.pick(TIMED);
const openSchema = exclusionSchema.pick(OPEN);
const openListSchema = exclusionListSchema.pick({
  exclusion_id: true,
  name: true,
  reason: true,
  start: true,
  until: true,
  updated_time: true,
  revision: true,
  entries: true,
});

type OpenList = z.output<typeof openListSchema>;

export function createOpenExclusions(db: Database) {
  /** By key: what was read before. */
  let known = new Map<string, OpenExclusion[]>();

  async function findOpen(now: Date): Promise<OpenExclusion[]> {
    const projection = { ...OPEN, revision: 1, _id: 0 } as const;
    const found = db.exclusions.find(notOver(now), { projection, batchSize: MAX_EXCLUSIONS });
    const heads = await found.sort({ exclusion_id: 1 }).toArray();
    const keyed = heads.map((head) => ({ head, key: toKey(head) }));
    const fresh = keyed.flatMap(({ head, key }) => (isList(head) && !known.has(key) ? [head.exclusion_id] : []));
    const lists = await findLists(fresh);
    const open = keyed.map(({ head, key }) => {
      if (!isList(head)) return [key, known.get(key) ?? toOpen(head, key)] as const;
      const list = lists.get(head.exclusion_id);
      // A list that was changed after its head was read has the later key.
      return list ? ([toKey(list), toOpenList(list)] as const) : ([key, known.get(key) ?? []] as const);
    });
    known = new Map(open);
    return open.flatMap(([, those]) => those);
  }

  const readRecent = createSharedCall(() => findOpen(new Date()), { keepMs: RECENT_MS });

  async function findLists(exclusionIds: readonly string[]) {
    if (exclusionIds.length === 0) return new Map<string, OpenList>();
    const found = await db.exclusions
      .find({ exclusion_id: { $in: exclusionIds } }, { projection: { affected: 0 } })
      .toArray();
    return new Map(readRules(openListSchema, found).map((list) => [list.exclusion_id, list]));
  }

  return {
    /** After a change. */
    dropRecent: readRecent.drop,

    /** Those that have not ended, planned ones too, the oldest first. */
    findOpen,

    /**
     * Those that are in force, the oldest first: as of a second ago at most, or after the last one that this process
     * made or lifted. For new tasks; what is sent is decided by `findOpen`.
     */
    async findInForce(now: Date): Promise<ExclusionInForce[]> {
      return (await readRecent()).filter((each) => toExclusionState(each, now) === 'in_force');
    },

    /**
     * Those of ports that were in force at some time between these two, unless they ended more than 90 days ago. Of a
     * list its present entries.
     */
    async findOfPorts(from: Date, to: Date): Promise<TimedPortExclusion[]> {
      const period = { until: { $gt: from }, start: { $lte: to } };
      const found = db.exclusions.find({ ...period, ports: { $exists: true } }, { projection: { ...TIMED, _id: 0 } });
      const single = readRules(timedSchema, await found.toArray()) as TimedPortExclusion[];
      const lists = { ...period, ...IS_LIST, 'entries.ports': { $exists: true } };
      const ofLists = readRules(openListSchema, await db.exclusions.find(lists).toArray()).flatMap((list) =>
        toOpenList(list).flatMap((each) =>
          each.ports ? [{ ...each, target: each.set.toText(), ports: each.ports }] : [],
        ),
      );
      return [...single, ...ofLists];
    },
  };
}

const isList = (head: object): boolean => 'revision' in head;
const toKey = (head: { exclusion_id: string; revision?: number }): string =>
  head.revision === undefined ? head.exclusion_id : `${head.exclusion_id}.${head.revision}`;

/** None if it cannot be read. */
const toOpen = (head: unknown, key: string): OpenExclusion[] =>
  readRules(openSchema, [head]).map(({ created_time: changed_time, ...each }) => ({
    ...each,
    key,
    changed_time,
    set: parseTargets(each.target),
  }));

function toOpenList(list: OpenList): OpenExclusion[] {
  const { start, until, updated_time: changed_time } = list;
  return toListInForce(list, list.entries).map((each) => ({ ...each, start, until, changed_time, key: toKey(list) }));
}
