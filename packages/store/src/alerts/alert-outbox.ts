/**
 * What is still to be told of alerts. A notice (one change of a state) becomes one delivery per receiver, in one write; a delivery is
 * claimed before it is sent, so that two replicas never send the same one, and goes when it has arrived or is given up. Who crashes in
 * between leaves it claimed until the claim runs out: then it is sent once more, under the same id.
 */
import type { Alert, AlertDelivery, AlertNotice } from '@cyberstroll/contracts';
import type { Models } from '../mongodb/create-models';

export interface DueDelivery {
  alert: Alert;
  delivery: AlertDelivery;
}

export interface AlertOutbox {
  /** Changes that nobody was told of yet, of the `limit` alerts whose are oldest. */
  findNotices(limit: number): Promise<{ alert: Alert; notice: AlertNotice }[]>;
  /** The notice becomes these deliveries. False where another has done it. */
  dispatch(alertId: string, notice: AlertNotice, deliveries: readonly AlertDelivery[]): Promise<boolean>;
  /** Deliveries to this target whose time has come, of `limit` alerts. */
  findDue(target: string, now: Date, limit: number): Promise<DueDelivery[]>;
  /** Those to any but these targets. */
  findDueOfOthers(targets: readonly string[], now: Date, limit: number): Promise<DueDelivery[]>;
  /** Takes one try of a delivery: nobody else sends it before `until`. Undefined where another has taken it. */
  claim(alertId: string, delivery: AlertDelivery, until: Date): Promise<AlertDelivery | undefined>;
  /** The claimed one is due again then. */
  putOff(alertId: string, claimed: AlertDelivery, until: Date): Promise<void>;
  /** It has arrived, or is given up. */
  remove(alertId: string, delivery: AlertDelivery): Promise<void>;
}

export function createAlertOutbox(models: Models): AlertOutbox {
  const alerts = models.alerts.collection;
  const find = async <Part>(filter: object, sort: Record<string, 1>, limit: number) =>
    (await alerts
      .find(filter, { projection: { _id: 0 } })
      .sort(sort)
      .limit(limit)
      .toArray()) as unknown as (Alert & Part)[];
  async function findDue(filter: object, isWanted: (target: string) => boolean, now: Date, limit: number) {
    const due = { $lte: now };
    const found = await find<{ deliveries: AlertDelivery[] }>(
      // The first is what the index knows.
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
      const found = await find<{ notices: AlertNotice[] }>(filter, { 'notices.timestamp': 1 }, limit);
      return found.flatMap(({ notices, ...alert }) => notices.map((notice) => ({ alert, notice })));
    },

    async dispatch(alertId, { notice_id }, deliveries) {
      const written = await alerts.updateOne({ alert_id: alertId, 'notices.notice_id': notice_id }, {
        $pull: { notices: { notice_id } },
        $push: { deliveries: { $each: deliveries } },
      } as object);
      return written.modifiedCount === 1;
    },

    findDue: (target, now, limit) => findDue({ $eq: target }, (other) => other === target, now, limit),
    findDueOfOthers: (targets, now, limit) =>
      findDue({ $nin: targets }, (target) => !targets.includes(target), now, limit),

    async claim(alertId, delivery, until) {
      const written = await alerts.updateOne(
        { alert_id: alertId, ...byDelivery(delivery) },
        { $set: { 'deliveries.$.next_time': until }, $inc: { 'deliveries.$.tries': 1 } },
      );
      if (written.modifiedCount === 0) return undefined;
      return { ...delivery, next_time: until, tries: delivery.tries + 1 };
    },

    async putOff(alertId, delivery, until) {
      await alerts.updateOne(
        { alert_id: alertId, ...byDelivery(delivery) },
        { $set: { 'deliveries.$.next_time': until } },
      );
    },

    async remove(alertId, { delivery_id }) {
      await alerts.updateOne({ alert_id: alertId }, { $pull: { deliveries: { delivery_id } } } as object);
    },
  };
}
