import { z } from 'zod';
import { nameSchema, timeSchema } from './fields';

/**
 * A message on `cs.service-updates` that says nothing of any subtask: it is sent to see how long it takes until all
 * that was sent before it is applied. An envelope without updates, so whoever takes envelopes can take it, too.
 */
export const queueMarkerSchema = z.strictObject({
  operator: nameSchema,
  sent_time: timeSchema,
  updates: z.array(z.never()).max(0),
});
export type QueueMarker = z.infer<typeof queueMarkerSchema>;

export const toQueueMarker = (operator: string, sentTime: Date): QueueMarker => ({
  operator,
  sent_time: sentTime.toISOString(),
  updates: [],
});
