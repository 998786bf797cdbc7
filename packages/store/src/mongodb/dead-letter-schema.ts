import { deadLetterRecordSchema } from '@cyberstroll/contracts';
import type { Schema } from 'mongoose';
import { z } from 'zod';
import { toMongooseSchema } from './to-mongoose-schema';

/** `dead_letters`: `_id` is the dead letter's id. MongoDB itself deletes a dead letter once it has expired. */
export function createDeadLetterSchema(): Schema {
  const deadLetter = toMongooseSchema(deadLetterRecordSchema.extend({ _id: z.string() }), 'dead_letters');
  deadLetter.index({ first_seen: 1, _id: 1 });
  deadLetter.index({ state: 1, first_seen: 1, _id: 1 });
  deadLetter.index({ state: 1, reason: 1 });
  deadLetter.index({ task_id: 1, state: 1, reason: 1 }, { partialFilterExpression: { task_id: { $exists: true } } });
  deadLetter.index({ reason: 1, first_seen: 1, _id: 1 });
  deadLetter.index({ queue: 1, first_seen: 1, _id: 1 });
  deadLetter.index({ expires: 1 }, { expireAfterSeconds: 0 });
  return deadLetter;
}
