import * as z from 'zod';
import { nameSchema, timeSchema } from '../fields/fields';

/** An envelope without updates, so that every consumer of envelopes can take it. */
export const queueMarkerSchema = z
  .strictObject({ operator: nameSchema, sent_time: timeSchema, updates: z.array(z.never()).max(0) })
  .meta({
    title: 'Queue marker',
    description:
      'Reports nothing of any subtask. A service sends it to measure how long it takes until all updates that were ' +
      'sent before it are applied.',
  });
export type QueueMarker = z.infer<typeof queueMarkerSchema>;

export const toQueueMarker = (operator: string, sentTime: Date): QueueMarker => ({
  operator,
  sent_time: sentTime.toISOString(),
  updates: [],
});
