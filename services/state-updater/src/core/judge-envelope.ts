import {
  type DeadLetter,
  type Sender,
  type SubTaskUpdate,
  subTaskUpdateSchema,
  updateEnvelopeSchema,
} from '@cyberstroll/contracts';
import type { z } from 'zod';
import { findHostileKey } from './find-hostile-key';

/** An update that cannot be applied, and why. `reason` is a stable code. */
export interface Rejection {
  reason: string;
  detail: string;
  content: unknown;
}

export interface JudgedEnvelope {
  sender: Sender;
  /** On the sender's clock. */
  sentTime?: Date;
  /** By task: what its sender says is a traceparent. */
  traces?: Record<string, unknown> | undefined;
  updates: SubTaskUpdate[];
  rejections: Rejection[];
}

/** Parts an envelope's good updates from its bad ones: one bad update costs the others nothing. */
export function judgeEnvelope(body: unknown): JudgedEnvelope {
  const envelope = updateEnvelopeSchema.safeParse(body);
  if (!envelope.success) {
    const rejection = { reason: 'bad_envelope', detail: describe(envelope.error), content: body };
    return { sender: {}, updates: [], rejections: [rejection] };
  }
  const { node_id, instance_id, operator, sent_time, traces } = envelope.data;
  const judged: JudgedEnvelope = {
    sender: { node_id, instance_id, operator },
    sentTime: new Date(sent_time),
    traces,
    updates: [],
    rejections: [],
  };
  if (node_id === undefined && operator === undefined) {
    judged.rejections.push({ reason: 'bad_envelope', detail: 'node_id: required, or operator', content: body });
    return judged;
  }
  envelope.data.updates.forEach((raw, place) => {
    const reject = (detail: string) => judged.rejections.push({ reason: 'bad_field', detail, content: raw });
    const update = subTaskUpdateSchema.safeParse(raw);
    if (!update.success) return reject(describe(update.error, ['updates', place]));
    const hostile = findHostileKey(raw);
    if (hostile !== undefined) return reject(`updates.${place}.${hostile}: no field may be called so`);
    return judged.updates.push(update.data);
  });
  return judged;
}

export function toDeadLetter(
  { reason, detail, content }: Rejection,
  { sender, source, queue, now }: { sender: Sender; source: string; queue: string; now: Date },
): DeadLetter {
  const from = sender.operator ?? sender.node_id;
  return {
    reason,
    detail,
    queue,
    first_seen: now.toISOString(),
    source,
    content,
    // An envelope without a sender is rejected whole.
    ...(from !== undefined && { sender: from, update_sender: sender }),
  };
}

/** The first fields at fault, as paths with what is wrong. */
const describe = (error: z.ZodError, prefix: PropertyKey[] = []) =>
  error.issues
    .slice(0, 5)
    .map((issue) => `${[...prefix, ...issue.path].join('.') || 'body'}: ${issue.message}`)
    .join('; ');
