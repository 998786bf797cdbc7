import { keptDeadLetterSchema } from '@cyberstroll/contracts';
import type { Schema } from 'mongoose';
import { z } from 'zod';
import { toMongooseSchema } from './to-mongoose-schema';

/** `dead_letters`: `_id` is the letter's id. MongoDB itself deletes a letter once it has expired. */
export function createDeadLetterSchema(): Schema {
  const letter = toMongooseSchema(keptDeadLetterSchema.extend({ _id: z.string() }), 'dead_letters');
  letter.index({ first_seen: 1, _id: 1 });
  letter.index({ state: 1, first_seen: 1, _id: 1 });
  letter.index({ state: 1, reason: 1 });
  letter.index({ task_id: 1, state: 1, reason: 1 }, { partialFilterExpression: { task_id: { $exists: true } } });
  letter.index({ reason: 1, first_seen: 1, _id: 1 });
  letter.index({ queue: 1, first_seen: 1, _id: 1 });
  letter.index({ expires: 1 }, { expireAfterSeconds: 0 });
  return letter;
}
