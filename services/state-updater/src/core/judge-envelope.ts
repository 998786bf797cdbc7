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
  for (const [place, content] of envelope.data.updates.entries()) {
    const update = subTaskUpdateSchema.safeParse(content);
    const detail = findFault(update, content, place);
    if (detail !== undefined) judged.rejections.push({ reason: 'bad_field', detail, content });
    else judged.updates.push(update.data!);
  }
  return judged;
}

function findFault(update: z.ZodSafeParseResult<SubTaskUpdate>, content: unknown, place: number): string | undefined {
  if (!update.success) return describe(update.error, ['updates', place]);
  const hostile = findHostileKey(content);
  return hostile === undefined ? undefined : `updates.${place}.${hostile}: no field may be called so`;
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
