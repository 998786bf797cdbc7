/** Webhooks that the API made: each is a place in the changes of the inventory, and a filter. */
import {
  type ListWebhooksQuery,
  MAX_WEBHOOKS,
  type Page,
  type SecretWebhook,
  type Webhook,
} from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';
import { mongo } from 'mongoose';
import type { Database } from '../mongodb/models/database';
import { isDuplicateKey } from '../mongodb/queries/mongo-errors';
import { takePage } from '../mongodb/queries/take-page';

export type NewWebhook = Omit<Webhook, 'webhook_id' | 'created_time' | 'tries' | 'next_time'> & { secret: string };
export type DueWebhook = Webhook & { secret: string };

const WITHOUT_SECRET = { projection: { _id: 0, secret: 0 } } as const;
const WITH_SECRET = { projection: { _id: 0 } } as const;

export function createWebhookStore(db: Database) {
  /** Writes to it as it was read: of two deliverers at the same time one changes nothing. */
  const write = ({ webhook_id, change, tries }: Webhook, update: object) =>
    db.webhooks.updateOne({ webhook_id, change, tries }, update);

  return {
    /** With the id of one that exists, changes nothing. Rejects with AppError `conflict` `too_many_webhooks`. */
    async create(given: NewWebhook, now: Date, webhookId?: string): Promise<SecretWebhook> {
      if ((await db.webhooks.countDocuments({})) >= MAX_WEBHOOKS) {
        throw new AppError('too_many_webhooks', { limit: MAX_WEBHOOKS });
      }
      const _id = new mongo.ObjectId(webhookId);
      const made = { webhook_id: _id.toHexString(), ...given, created_time: now, tries: 0, next_time: now };
      try {
        await db.webhooks.insertOne({ _id, ...made });
        return made;
      } catch (error) {
        const known = isDuplicateKey(error) && (await db.webhooks.findOne<SecretWebhook>({ _id }, WITH_SECRET));
        if (!known) throw error;
        return known;
      }
    },
    /** Newest first. */
    findPage({ limit, cursor }: ListWebhooksQuery): Promise<Page<Webhook>> {
      const before = cursor === undefined ? {} : { webhook_id: { $lt: cursor } };
      const found = db.webhooks.find<Webhook>(before, WITHOUT_SECRET).sort({ webhook_id: -1 });
      return takePage(found, limit, ({ webhook_id }) => webhook_id);
    },
    /** Resolves with what it was. Rejects with AppError `missing` `webhook_not_found`. */
    async remove(webhookId: string): Promise<Webhook> {
      const removed = await db.webhooks.findOneAndDelete({ webhook_id: webhookId }, WITHOUT_SECRET);
      if (removed) return removed as unknown as Webhook;
      throw new AppError('webhook_not_found', { detail: webhookId, field: 'webhook_id' });
    },
    /** Those that do not have the change with the number `last`, and may be called now. */
    findDue(last: number, now: Date): Promise<DueWebhook[]> {
      const due = { change: { $lt: last }, next_time: { $lte: now } };
      return db.webhooks
        .find<DueWebhook>(due, WITH_SECRET)
        .limit(2 * MAX_WEBHOOKS)
        .toArray();
    },
    /** It has every change up to this one that it asks for; `delivered_time`, if it received some now. */
    async notePlace(webhook: Webhook, change: number, delivered?: Date): Promise<void> {
      const $set = { change, tries: 0, ...(delivered && { delivered_time: delivered, next_time: delivered }) };
      await write(webhook, { $set, $unset: { failing_since: 1, fault: 1 } });
    },
    async noteFault(webhook: Webhook, fault: string, next_time: Date, now: Date): Promise<void> {
      const { failing_since = now, tries } = webhook;
      await write(webhook, { $set: { fault, failing_since, next_time, tries: tries + 1 } });
    },
  };
}
