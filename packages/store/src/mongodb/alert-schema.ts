import { alertDocumentSchema } from '@cyberstroll/contracts';
import type { Schema } from 'mongoose';
import { z } from 'zod';
import { toMongooseSchema } from './to-mongoose-schema';

/** `alerts`: `_id` is made from rule, subject and how many there were before, so that one is raised once. MongoDB itself deletes a resolved one once it has expired. */
export function createAlertSchema(): Schema {
  const alert = toMongooseSchema(alertDocumentSchema.extend({ _id: z.string() }), 'alerts');
  alert.index({ alert_id: 1 }, { unique: true });
  alert.index({ rule: 1, subject: 1, predecessors: 1 });
  alert.index({ active: 1 }, { partialFilterExpression: { active: true } });
  alert.index({ state: 1, alert_id: 1 });
  alert.index({ rule: 1, alert_id: 1 });
  alert.index({ 'notices.timestamp': 1 }, { sparse: true });
  alert.index({ 'deliveries.next_time': 1 }, { sparse: true });
  alert.index({ expires: 1 }, { expireAfterSeconds: 0 });
  return alert;
}
