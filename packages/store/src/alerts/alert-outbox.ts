/**
 * Changes of alerts that receivers have not got yet. A notice (one change of a state) becomes one delivery per
 * receiver, in one write. A delivery is claimed before it is sent, so that only one replica sends it. It is removed
 * once it has arrived or is given up. If the replica crashes in between, the delivery stays claimed until the claim
 * expires. Then it is sent again, under the same id.
 */
import type { Alert, AlertDelivery, AlertDocument, AlertNotice } from '@cyberstroll/contracts';
import type { mongo } from 'mongoose';
import type { Database, StoredAlert } from '../mongodb/database';
import { WITHOUT_ID } from '../mongodb/fields';

export interface DueDelivery {
  alert: Alert;
  delivery: AlertDelivery;
}

export interface AlertOutbox {
  /** Notices that are not dispatched yet, from the `limit` alerts with the oldest ones. */
  findNotices(limit: number): Promise<{ alert: Alert; notice: AlertNotice }[]>;
  /** Turns the notice into these deliveries. False if another replica has done so. */
  dispatch(alertId: string, notice: AlertNotice, deliveries: readonly AlertDelivery[]): Promise<boolean>;
  /** Deliveries to this target that are due, of `limit` alerts. */
  findDue(target: string, now: Date, limit: number): Promise<DueDelivery[]>;
  /** Due deliveries to all other targets. */
  findDueOfOthers(targets: readonly string[], now: Date, limit: number): Promise<DueDelivery[]>;
  /**
   * Claims a delivery for one try: no other replica sends it before `until`. Undefined if another replica has claimed
   * it.
   */
  claim(alertId: string, delivery: AlertDelivery, until: Date): Promise<AlertDelivery | undefined>;
  /** Makes a claimed delivery due again at `until`. */
  putOff(alertId: string, claimed: AlertDelivery, until: Date): Promise<void>;
  /** The delivery has arrived, or is given up. */
  remove(alertId: string, delivery: AlertDelivery): Promise<void>;
}

export function createAlertOutbox(db: Database): AlertOutbox {
  const find = (filter: mongo.Filter<StoredAlert>, sort: Record<string, 1>, limit: number) =>
    db.alerts.find<AlertDocument>(filter, WITHOUT_ID).sort(sort).limit(limit).toArray();
  async function findDue(filter: object, isWanted: (target: string) => boolean, now: Date, limit: number) {
    const due = { $lte: now };
    const found = await find(
      // The first condition is there for the index.
      { 'deliveries.next_time': due, deliveries: { $elemMatch: { target: filter, next_time: due } } },
      { 'deliveries.next_time': 1 },
      limit,
    );
    return found.flatMap(({ deliveries, ...alert }) =>
      deliveries
        .filter(({ target, next_time }) => isWanted(target) && next_time <= now)
        .map((delivery) => ({ alert, delivery })),
    );
  }
  const byDelivery = ({ delivery_id, next_time }: AlertDelivery) => ({
    deliveries: { $elemMatch: { delivery_id, next_time } },
  });

  return {
    async findNotices(limit) {
      const filter = { 'notices.timestamp': { $gt: new Date(0) } };
      const found = await find(filter, { 'notices.timestamp': 1 }, limit);
      return found.flatMap(({ notices, ...alert }) => notices.map((notice) => ({ alert, notice })));
    },

    async dispatch(alertId, { notice_id }, deliveries) {
      const written = await db.alerts.updateOne(
        { alert_id: alertId, 'notices.notice_id': notice_id },
        {
          $pull: { notices: { notice_id } },
          $push: { deliveries: { $each: [...deliveries] } },
        },
      );
      return written.modifiedCount === 1;
    },

    findDue: (target, now, limit) => findDue({ $eq: target }, (other) => other === target, now, limit),
    findDueOfOthers: (targets, now, limit) =>
      findDue({ $nin: targets }, (target) => !targets.includes(target), now, limit),

    async claim(alertId, delivery, until) {
      const written = await db.alerts.updateOne(
        { alert_id: alertId, ...byDelivery(delivery) },
        { $set: { 'deliveries.$.next_time': until }, $inc: { 'deliveries.$.tries': 1 } },
      );
      if (written.modifiedCount === 0) return undefined;
      return { ...delivery, next_time: until, tries: delivery.tries + 1 };
    },

    async putOff(alertId, delivery, until) {
      await db.alerts.updateOne(
        { alert_id: alertId, ...byDelivery(delivery) },
        { $set: { 'deliveries.$.next_time': until } },
      );
    },

    async remove(alertId, { delivery_id }) {
      await db.alerts.updateOne({ alert_id: alertId }, { $pull: { deliveries: { delivery_id } } });
    },
  };
}
