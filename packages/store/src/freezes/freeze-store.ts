/**
 * Freezes and blackouts. What they do to tasks is written on the tasks (`task-holds.ts`), so no reader of tasks looks
 * here. One that is over is deleted by MongoDB, some time later.
 */
import { type Freeze, freezeSchema, type ListFreezesQuery, MAX_FREEZES, type Page } from '@cyberstroll/contracts';
import { AppError, createSharedCall } from '@cyberstroll/runtime';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';
import { notOver, RECENT_MS, readRules } from '../rules/read-rules';
import { ANY_MAKER, checkQuota, toRuleLevel } from '../rules/rule-quota';

export type NewFreeze = Omit<Freeze, 'freeze_id' | 'level' | 'created_time'>;

export type FreezeStore = ReturnType<typeof createFreezeStore>;

export function createFreezeStore(db: Database) {
  const read = async () =>
    readRules(freezeSchema, await db.freezes.find({}, { ...WITHOUT_ID, limit: 2 * MAX_FREEZES }).toArray());
  /** A read that begins after the call. */
  const readAll = createSharedCall(read);
  const readRecent = createSharedCall(read, { keepMs: RECENT_MS });

  async function findAll(now: Date): Promise<Freeze[]> {
    return (await readAll()).filter(({ until }) => until === undefined || until > now);
  }

  return {
    /** Those that hold, and blackouts to come. */
    findAll,
    /**
     * The same, and some that are over: as of a second ago at most, or after the last one that this process made or
     * lifted. For new tasks and waiting reasons; what may begin is decided by `findAll`.
     */
    findRecent: (): Promise<readonly Freeze[]> => readRecent(),
    /** With the id of one that exists, changes nothing. Rejects with AppError `conflict` `too_many_freezes`. */
    async create(given: NewFreeze, now: Date, freezeId?: string, maker = ANY_MAKER): Promise<Freeze> {
      await checkQuota(db.freezes, notOver(now), { code: 'too_many_freezes', most: MAX_FREEZES, maker });
      const _id = new mongo.ObjectId(freezeId);
      const freeze: Freeze = { freeze_id: _id.toHexString(), ...given, level: toRuleLevel(maker), created_time: now };
      try {
        await db.freezes.insertOne({ _id, ...freeze });
        readRecent.drop();
        return freeze;
      } catch (error) {
        const known = isDuplicateKey(error) && (await db.freezes.findOne<Freeze>({ _id }, WITHOUT_ID));
        if (!known) throw error;
        return known;
      }
    },
    /** Newest first. */
    async findPage({ kind, limit, cursor }: ListFreezesQuery, now: Date): Promise<Page<Freeze>> {
      const before = cursor !== undefined && { freeze_id: { $lt: cursor } };
      const filter = { ...notOver(now), ...(kind && { kind }), ...before };
      const found = db.freezes.find<Freeze>(filter, WITHOUT_ID).sort({ freeze_id: -1 });
      const page = await takePage(found, limit, ({ freeze_id }) => freeze_id);
      return { ...page, items: readRules(freezeSchema, page.items) };
    },
    /**
     * Resolves with what it was, also one that cannot be read. Rejects with AppError `missing` `freeze_not_found`, also
     * if the caller may not lift it: with `mayLift` only what can be read.
     */
    async lift(freezeId: string, now: Date, mayLift?: (freeze: Freeze) => boolean): Promise<Freeze> {
      const filter = { freeze_id: freezeId, ...notOver(now) };
      const found = await db.freezes.findOne<Freeze>(filter, WITHOUT_ID);
      const isAllowed = !mayLift || readRules(freezeSchema, [found]).some(mayLift);
      const lifted = found && isAllowed && (await db.freezes.findOneAndDelete(filter, WITHOUT_ID));
      readRecent.drop();
      if (lifted) return lifted as unknown as Freeze;
      throw new AppError('freeze_not_found', { detail: freezeId, field: 'freeze_id' });
    },
  };
}
