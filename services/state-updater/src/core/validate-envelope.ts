import {
  type DeadLetter,
  type DeadLetterReason,
  describeFaults,
  ENVELOPE_SHAPE,
  EXCHANGES,
  isTooDeep,
  LEASE_REQUIRED,
  type Sender,
  type SubTaskUpdate,
  subTaskUpdateSchema,
  TOO_DEEP,
  updateEnvelopeSchema,
} from '@cyberstroll/contracts';
import type { z } from 'zod';
import { findHostileKey } from './find-hostile-key';

/** An update that cannot be applied, and why. */
export interface Rejection {
  reason: DeadLetterReason;
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

/**
 * Parts an envelope's good updates from its bad ones: one bad update costs the others nothing. `exchange` is the one that it came
 * by: anybody may call himself a service, only services may publish to `cs.service-updates`.
 */
export function judgeEnvelope(body: unknown, exchange: string): JudgedEnvelope {
  const envelope = updateEnvelopeSchema.safeParse(body);
  if (!envelope.success) {
    if (isTooDeep(body)) return rejectWhole(body, 'too_deep', TOO_DEEP);
    return rejectWhole(body, 'bad_envelope', `${describeFaults(envelope.error)}; ${ENVELOPE_SHAPE}`);
  }
  const { node_id, instance_id, operator, sent_time, traces } = envelope.data;
  if (node_id === undefined && operator === undefined) {
    return rejectWhole(body, 'bad_envelope', `node_id: required; ${ENVELOPE_SHAPE}`);
  }
  const isServiceUpdate = exchange === EXCHANGES.serviceUpdates.name;
  if (isServiceUpdate ? node_id !== undefined : operator !== undefined) {
    const fault = isServiceUpdate ? 'node_id: a node reports' : 'operator: a service orders';
    return rejectWhole(body, 'not_a_service_update', `${fault}, and this came by "${exchange}"`);
  }
  const judged: JudgedEnvelope = {
    sender: { node_id, instance_id, operator },
    sentTime: new Date(sent_time),
    traces,
    updates: [],
    rejections: [],
  };
  for (const [place, content] of envelope.data.updates.entries()) {
    if (isTooDeep(content)) {
      judged.rejections.push({ reason: 'too_deep', detail: `updates.${place}: ${TOO_DEEP}`, content });
      continue;
    }
    const update = subTaskUpdateSchema.safeParse(content);
    const detail = findFault(update, content, place, isServiceUpdate);
    if (detail !== undefined) judged.rejections.push({ reason: 'bad_field', detail, content });
    else judged.updates.push(isServiceUpdate ? update.data! : withoutTaken(update.data!));
  }
  return judged;
}

/** Whoever it says that it is from is not believed. */
const rejectWhole = (content: unknown, reason: DeadLetterReason, detail: string): JudgedEnvelope => ({
  ...{ sender: {}, updates: [], rejections: [{ reason, detail, content }] },
});

/** Only a service takes subtasks from nodes: what a node says of that is not counted. */
function withoutTaken(update: SubTaskUpdate): SubTaskUpdate {
  if (update.reassigned === undefined) return update;
  const { reassigned: _, ...rest } = update;
  return rest;
}

function findFault(
  update: z.ZodSafeParseResult<SubTaskUpdate>,
  content: unknown,
  place: number,
  isServiceUpdate: boolean,
): string | undefined {
  if (!update.success) {
    const faults = describeFaults(update.error, ['updates', place]);
    const { lease_id } = Object(content) as { lease_id?: unknown };
    return isServiceUpdate || lease_id !== undefined ? faults : `${faults}; updates.${place}.${LEASE_REQUIRED}`;
  }
  const hostile = findHostileKey(content);
  return hostile === undefined ? undefined : `updates.${place}.${hostile}: no field may be called so`;
}

export function toDeadLetter(
  { reason, detail, content }: Rejection,
  {
    sender,
    source,
    queue,
    exchange,
    now,
  }: { sender: Sender; source: string; queue: string; exchange: string; now: Date },
): DeadLetter {
  const from = sender.operator ?? sender.node_id;
  return {
    reason,
    detail,
    queue,
    exchange,
    first_seen: now.toISOString(),
    source,
    content,
    // An envelope without a sender is rejected whole.
    ...(from !== undefined && { sender: from, update_sender: sender }),
  };
}
