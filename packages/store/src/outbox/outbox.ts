/**
 * What receivers have not got yet, kept with its subject: an alert, or the end of a task. A notice becomes one delivery
 * per receiver, in one write. A delivery is claimed before it is sent, so that only one replica sends it. It is removed
 * once it has arrived or is given up. If the replica crashes in between, the delivery stays claimed until the claim
 * expires. Then it is sent again, under the same id.
 */
import type { Notice, NoticeDelivery } from '@cyberstroll/contracts';
import type { mongo } from 'mongoose';
import type * as z from 'zod';
import { WITHOUT_ID } from '../mongodb/models/fields';
import { EVER } from '../mongodb/queries/index-first';
import { findReadable } from '../mongodb/queries/readable';

export interface Outbox<Subject, Kind extends Notice> {
  /** Whether there is a notice, or a delivery to one of these targets that is due. */
  hasWork(targets: readonly string[], now: Date): Promise<boolean>;
  /** Notices that are not dispatched yet, from the `limit` subjects with the oldest ones that wait for nothing. */
  findNotices(limit: number, now?: Date): Promise<{ subject: Subject; notice: Kind }[]>;
  /**
   * Turns the notice into these deliveries. False if another replica has done so. A subject that is kept for its
   * notices alone does not expire before `keptUntil`.
   */
  dispatch(
    subject: Subject,
    notice: Kind,
    deliveries: readonly NoticeDelivery<Kind>[],
    keptUntil: Date,
  ): Promise<boolean>;
  /**
   * Deletes the subjects with notices from before that time, for want of a receiver, where they are kept for their
   * notices alone.
   */
  discard?(before: Date): Promise<void>;
  /** Deliveries to this target that are due, of `limit` subjects, in the order of the index. */
  findDue(target: string, now: Date, limit: number): Promise<DueDelivery<Subject, Kind>[]>;
  /** Due deliveries to all other targets. */
  findDueOfOthers(targets: readonly string[], now: Date, limit: number): Promise<DueDelivery<Subject, Kind>[]>;
  /**
   * Claims a delivery for one try: no other replica sends it before `until`. Undefined if another replica has claimed
   * it.
   */
  claim(subject: Subject, delivery: NoticeDelivery<Kind>, until: Date): Promise<NoticeDelivery<Kind> | undefined>;
  /** Makes a claimed delivery due again at `until`. */
  putOff(subject: Subject, claimed: NoticeDelivery<Kind>, until: Date): Promise<void>;
  /** The delivery has arrived, or is given up. */
  remove(subject: Subject, delivery: NoticeDelivery<Kind>): Promise<void>;
}

export interface DueDelivery<Subject, Kind extends Notice> {
  subject: Subject;
  delivery: NoticeDelivery<Kind>;
}

/** As the index has it. */
const HAS_NOTICES = { 'notices.timestamp': { $gt: EVER } };

/** What a document has beside its subject. */
export interface OutboxFields<Kind extends Notice = Notice> {
  notices: Kind[];
  deliveries: NoticeDelivery<Kind>[];
}

/**
 * `id` is the field that names a subject, `schema` its document: one that cannot be read waits, and no other does.
 * `deletesEmpty`: a subject without notices and deliveries is deleted, because it is kept for them alone.
 * `waitsUntil`: the field with the time until which the notices of a subject wait.
 */
export function createOutbox<Subject extends object, Kind extends Notice>(
  getCollection: () => mongo.Collection<OutboxFields>,
  {
    id,
    schema,
    deletesEmpty = false,
    waitsUntil,
  }: { id: keyof Subject & string; schema: z.ZodType; deletesEmpty?: boolean; waitsUntil?: string },
): Outbox<Subject, Kind> {
  const isReadable = (document: object) => schema.safeParse(document).success;
  const find = (filter: mongo.Filter<OutboxFields>, limit: number, sort: Record<string, 1> = {}) =>
    findReadable(
      (most) => getCollection().find<Subject & OutboxFields<Kind>>(filter, WITHOUT_ID).sort(sort).limit(most).toArray(),
      limit,
      isReadable,
    );
  const due = (target: object, now: Date) => ({ deliveries: { $elemMatch: { target, next_time: { $lte: now } } } });
  /** Names the target twice: not every server finds an index for `$elemMatch` alone. */
  const dueTo = (target: object, now: Date) => ({ 'deliveries.target': target, ...due(target, now) });
  /** Not sorted: the index has the due ones of a target by time, and a sort would read all of them first. */
  async function findDue(filter: object, isWanted: (target: string) => boolean, now: Date, limit: number) {
    const found = await find(filter, limit);
    return found.flatMap((subject) =>
      subject.deliveries
        .filter(({ target, next_time }) => isWanted(target) && next_time <= now)
        .map((delivery) => ({ subject, delivery })),
    );
  }
  const hasNotices = (now: Date) => ({ ...HAS_NOTICES, ...(waitsUntil && { [waitsUntil]: { $not: { $gt: now } } }) });
  const byId = (subject: Subject) => ({ [id]: subject[id] });
  const byDelivery = (subject: Subject, { delivery_id, next_time }: NoticeDelivery<Kind>) => ({
    ...byId(subject),
    deliveries: { $elemMatch: { delivery_id, next_time } },
  });
  async function deleteEmpty(subject: Subject) {
    if (deletesEmpty) await getCollection().deleteOne({ ...byId(subject), notices: [], deliveries: [] });
  }

  return {
    async hasWork(targets, now) {
      const filter = { $or: [hasNotices(now), dueTo({ $in: targets }, now)] };
      return (await getCollection().findOne(filter, { projection: { _id: 1 } })) !== null;
    },

    async findNotices(limit, now = new Date()) {
      const found = await find(hasNotices(now), limit, { 'notices.timestamp': 1 });
      return found.flatMap((subject) => subject.notices.map((notice) => ({ subject, notice })));
    },

    async dispatch(subject, { notice_id }, deliveries, keptUntil) {
      const written = await getCollection().updateOne(
        { ...byId(subject), 'notices.notice_id': notice_id },
        {
          $pull: { notices: { notice_id } },
          $push: { deliveries: { $each: [...deliveries] } },
          ...(deletesEmpty && { $max: { expires: keptUntil } }),
        },
      );
      if (deliveries.length === 0) await deleteEmpty(subject);
      return written.modifiedCount === 1;
    },

    ...(deletesEmpty && {
      async discard(before) {
        await getCollection().deleteMany({ 'notices.timestamp': { $gt: EVER, $lt: before } });
      },
    }),

    findDue: (target, now, limit) => findDue(dueTo({ $eq: target }, now), (other) => other === target, now, limit),
    findDueOfOthers: (targets, now, limit) =>
      // The first field is there for the index alone: a target is never empty.
      findDue(
        { 'deliveries.target': { $gt: '' }, ...due({ $nin: targets }, now) },
        (target) => !targets.includes(target),
        now,
        limit,
      ),

    async claim(subject, delivery, until) {
      const written = await getCollection().updateOne(byDelivery(subject, delivery), {
        $set: { 'deliveries.$.next_time': until },
        $inc: { 'deliveries.$.tries': 1 },
      });
      if (written.modifiedCount === 0) return undefined;
      return { ...delivery, next_time: until, tries: delivery.tries + 1 };
    },

    async putOff(subject, delivery, until) {
      await getCollection().updateOne(byDelivery(subject, delivery), { $set: { 'deliveries.$.next_time': until } });
    },

    async remove(subject, { delivery_id }) {
      await getCollection().updateOne(byId(subject), { $pull: { deliveries: { delivery_id } } });
      await deleteEmpty(subject);
    },
  };
}
