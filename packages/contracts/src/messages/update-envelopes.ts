/**
 * The two kinds of envelopes, in full, for those who send them. The updater reads both with the wider
 * `updateEnvelopeSchema`, so that it can check each update separately.
 */
import * as z from 'zod';
import { leaseIdSchema, MAX_UPDATES_PER_ENVELOPE, nameSchema, senderSchema, timeSchema } from '../fields/fields';
import { subTaskUpdateSchema, updateEnvelopeSchema } from './state-update';

const updatesOf = <Update extends z.ZodType>(update: Update) => z.array(update).min(1).max(MAX_UPDATES_PER_ENVELOPE);

const DESCRIPTION =
  'The updates that a sender collected in the last 20 to 100 ms. Each is checked separately: a bad one costs the ' +
  'others nothing.';

/** A node may not retry or cancel, and holds every attempt that it reports. */
const nodeUpdateSchema = subTaskUpdateSchema
  .omit({ reassigned: true })
  .extend({ lease_id: leaseIdSchema, status: subTaskUpdateSchema.shape.status.exclude(['RETRYING', 'CANCELLED']) })
  .describe(subTaskUpdateSchema.description!);

/** On `cs.state`. */
export const nodeEnvelopeSchema = updateEnvelopeSchema
  .omit({ operator: true })
  .extend({ node_id: senderSchema.shape.node_id.nonoptional(), updates: updatesOf(nodeUpdateSchema) })
  .meta({ title: 'Envelope of a node', description: DESCRIPTION });

/** On `cs.service-updates`. */
export const serviceEnvelopeSchema = updateEnvelopeSchema
  .omit({ node_id: true, instance_id: true })
  .extend({ operator: senderSchema.shape.operator.nonoptional(), updates: updatesOf(subTaskUpdateSchema) })
  .meta({ title: 'Envelope of a service', description: DESCRIPTION });

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
