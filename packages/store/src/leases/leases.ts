import { setImmediate } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { type Database, getDatabaseTime } from '../mongodb/models/database';
import type { LeaseDocument } from '../mongodb/models/documents';
import { IN_ONE_ANSWER } from '../mongodb/models/fields';
import { insertAbsent } from '../mongodb/queries/bulk-writes';

export type LeaseStore = ReturnType<typeof createLeases>;

/** A kept lease is renewed after this part of its time. */
const RENEW_AFTER = 1 / 3;
/** Another owner's lease is looked at again after this time: at the next second, in which those who stand by ask. */
const LOOK_MS = 900;
/**
 * Who stops asking for a lease wants another owner to have it: it is not renewed with the others. A sweep that leads
 * asks every two seconds.
 */
const STILL_WANTED_MS = 2_500;
/** The clock of the database is known to this, and a lease ends here before it ends there. */
const SPARE_MS = 200;
/** An answer that takes longer makes no lease longer, so that a dead leader's ends within half a minute. */
const MAX_ANSWER_MS = 10_000;

interface KeptLease {
  wantedAtMs: number;
  /** It is ours for sure until then. */
  untilMs: number;
  /** The database is asked again then. */
  askAtMs: number;
}

/**
 * Leases on the database's clock, so that the clocks of the owners do not matter. `now` is this process's clock, in
 * milliseconds, for what is answered from memory.
 */
export function createLeases(db: Database, owner: string, now: () => number = () => performance.now()) {
  /** If it is ours already, too. */
  const isFree = { $or: [{ $eq: ['$owner', owner] }, { $lte: ['$expires', '$$NOW'] }] };
  const isTheirs = { $and: [{ $ne: ['$owner', owner] }, { $gt: ['$expires', '$$NOW'] }] };
  /** Counted from when the database writes it, however late that is. */
  const toGrant = (ttlMs: number) => {
    const expires = { $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: Math.round(ttlMs) } };
    return [{ $set: { owner, expires } }];
  };

  const kept = new Map<string, KeptLease>();
  let asking: Promise<void> | undefined;
  /** How long an answer takes at present. */
  let answerMs = 0;

  async function timed<T>(send: () => Promise<T>): Promise<T> {
    const sentAtMs = now();
    try {
      return await send();
    } finally {
      answerMs = Math.max(now() - sentAtMs, answerMs / 2);
    }
  }

  async function renewAll(names: readonly string[], ttlMs: number): Promise<boolean> {
    const { matchedCount } = await timed(() =>
      db.leases.updateMany({ _id: { $in: [...names] }, owner }, toGrant(ttlMs)),
    );
    return matchedCount === names.length;
  }

  const findIds = async (filter: mongo.Filter<LeaseDocument>): Promise<Set<string>> => {
    const found = timed(() => db.leases.find(filter, { ...IN_ONE_ANSWER, projection: { _id: 1 } }).toArray());
    return new Set((await found).map(({ _id }) => _id));
  };

  /** Those that no other owner has. */
  async function findFree(names: readonly string[]): Promise<string[]> {
    const theirs = await findIds({ _id: { $in: [...names] }, $expr: isTheirs });
    return names.filter((name) => !theirs.has(name));
  }

  async function take(free: readonly string[], ttlMs: number): Promise<Set<string>> {
    if (free.length === 0) return new Set();
    const named = { _id: { $in: [...free] } };
    const taken = await timed(() => db.leases.updateMany({ ...named, $expr: isFree }, toGrant(ttlMs)));
    if (taken.matchedCount === free.length) return new Set(free);
    // Others have never been acquired, or were released; or another owner was first.
    const [ours, known] = await Promise.all([findIds({ ...named, owner }), findIds(named)]);
    const absent = free.filter((name) => !known.has(name));
    if (absent.length === 0) return ours;
    const expires = new Date((await timed(() => getDatabaseTime(db))).getTime() + ttlMs);
    const documents = absent.map((_id) => ({ _id, owner, expires }));
    const theirs = new Set((await timed(() => insertAbsent(db.leases, documents))).map(({ _id }) => _id));
    return new Set([...ours, ...absent.filter((name) => !theirs.has(name))]);
  }

  /** One question about all leases that are wanted: ours are renewed, others are read, and taken if they are free. */
  async function ask(ttlMs: number): Promise<void> {
    // What wakes at the same moment asks together.
    await setImmediate();
    const beganAtMs = now();
    for (const [name, { wantedAtMs }] of kept) if (beganAtMs - wantedAtMs >= STILL_WANTED_MS) kept.delete(name);
    const wanted = [...kept];
    const held = wanted.filter(([, { untilMs }]) => beganAtMs < untilMs);
    const isDue = held.some(([, { askAtMs }]) => beganAtMs >= askAtMs);
    let others = wanted.filter(([, { untilMs, askAtMs }]) => beganAtMs >= Math.max(untilMs, askAtMs));
    const note = (leases: typeof wanted, isOurs: (name: string) => boolean, atMs: number, grantMs: number) => {
      for (const [name, lease] of leases) {
        lease.untilMs = isOurs(name) ? atMs + grantMs - SPARE_MS : Number.NEGATIVE_INFINITY;
        lease.askAtMs = isOurs(name) ? atMs + grantMs * RENEW_AFTER : now() + Math.max(LOOK_MS, answerMs);
      }
    };
    const toGrantMs = () => ttlMs + 2 * Math.min(answerMs, MAX_ANSWER_MS);
    try {
      if (isDue) {
        const grantMs = toGrantMs();
        const names = held.map(([name]) => name);
        if (await renewAll(names, grantMs)) note(held, () => true, beganAtMs, grantMs);
        // It is not known which of them is no longer ours.
        else others = wanted;
      }
      if (others.length > 0) {
        const free = await findFree(others.map(([name]) => name));
        const takenAtMs = now();
        const grantMs = toGrantMs();
        const ours = await take(free, grantMs);
        note(others, (name) => ours.has(name), takenAtMs, grantMs);
      }
    } catch (error) {
      for (const [, lease] of wanted) lease.askAtMs = now() + Math.max(LOOK_MS, answerMs);
      throw error;
    }
  }

  /** One at a time. */
  function question(ttlMs: number): Promise<void> {
    asking ??= ask(ttlMs).finally(() => {
      asking = undefined;
    });
    return asking;
  }

  return {
    /** Renews leases that are ours with one command. False if one of them is no longer ours. */
    renewAll,
    /**
     * Acquires or renews leases for `ttlMs`, on the database's clock. Reads first, and writes nothing about a lease
     * that another owner has. Resolves with the names of those that are ours.
     */
    acquireAll: async (names: readonly string[], ttlMs: number): Promise<Set<string>> =>
      names.length === 0 ? new Set() : take(await findFree(names), ttlMs),
    /**
     * Acquires or keeps a lease that is asked for again and again. Answered from memory while the lease is ours, or is
     * another owner's as of a moment ago. One question to the database is about all leases that are asked for together,
     * and there is one at a time. Where the database is slow, leases last longer, and the questions are rarer.
     */
    async keep(name: string, ttlMs: number): Promise<boolean> {
      const lease = kept.get(name) ?? { wantedAtMs: 0, untilMs: Number.NEGATIVE_INFINITY, askAtMs: now() };
      const isOurs = () => now() < lease.untilMs;
      const askIfDue = async () => {
        lease.wantedAtMs = now();
        kept.set(name, lease);
        if (lease.wantedAtMs >= lease.askAtMs) await question(ttlMs);
      };
      if (isOurs()) {
        // The renewal is not waited for, and a failure is met by who asks when the lease is over.
        void askIfDue().catch(() => undefined);
        return true;
      }
      await askIfDue();
      // That was perhaps a question about other leases, which was under way already.
      if (!isOurs()) await askIfDue();
      return isOurs();
    },
    /** Releases those of these leases that are ours, with one command. */
    async releaseAll(names: readonly string[]): Promise<void> {
      for (const name of names) kept.delete(name);
      await asking?.catch(() => undefined);
      if (names.length > 0) await db.leases.deleteMany({ _id: { $in: [...names] }, owner });
    },
  };
}
