import {
  compileReader,
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
  toSentence,
  updateEnvelopeSchema,
} from '@cyberstroll/contracts';

const readEnvelope = compileReader(updateEnvelopeSchema);
const readUpdate = compileReader(subTaskUpdateSchema);

/** An update that cannot be applied, and why. */
export interface Rejection {
  reason: DeadLetterReason;
  detail: string;
  content: unknown;
}

export interface ValidatedEnvelope {
  sender: Sender;
  /** On the sender's clock. */
  sentTime?: Date;
  /** By task, the traceparent that the sender names. Not checked. */
  traces?: Record<string, unknown> | undefined;
  updates: SubTaskUpdate[];
  rejections: Rejection[];
}

/**
 * Separates the valid updates of an envelope from the invalid ones: an invalid update does not affect the others.
 * `exchange` is the exchange that the envelope was published to. It decides who may be a service: any sender can write
 * `operator`, but only services may publish to `cs.service-updates`. `findImpostor` says why the sender may not speak
 * as a node, where that is checked.
 */
export function validateEnvelope(
  body: unknown,
  exchange: string,
  findImpostor?: (nodeId: string) => string | undefined,
): ValidatedEnvelope {
  const envelope = readEnvelope(body);
  if (!envelope.success) {
    if (isTooDeep(body)) return rejectWhole(body, 'too_deep', TOO_DEEP);
    return rejectWhole(body, 'bad_envelope', `${describeFaults(envelope.error)}; ${ENVELOPE_SHAPE}`);
  }
  const { node_id, instance_id, operator, sent_time, traces } = envelope.data;
  if (node_id === undefined && operator === undefined) {
    return rejectWhole(body, 'bad_envelope', `node_id: ${toSentence('required')}; ${ENVELOPE_SHAPE}`);
  }
  const isServiceUpdate = exchange === EXCHANGES.serviceUpdates.name;
  if (isServiceUpdate ? node_id !== undefined : operator !== undefined) {
    const fault = toSentence(isServiceUpdate ? 'services_only' : 'not_for_nodes', { exchange });
    return rejectWhole(body, 'not_a_service_update', fault);
  }
  const impostor = node_id === undefined ? undefined : findImpostor?.(node_id);
  if (impostor !== undefined) return rejectWhole(body, 'foreign_node_id', impostor);
  const validated: ValidatedEnvelope = {
    sender: { node_id, instance_id, operator },
    sentTime: new Date(sent_time),
    traces,
    updates: [],
    rejections: [],
  };
  envelope.data.updates.forEach((content, place) => {
    if (isTooDeep(content)) {
      validated.rejections.push({ reason: 'too_deep', detail: `updates.${place}: ${TOO_DEEP}`, content });
      return;
    }
    const update = readUpdate(content);
    const detail = findFault(update, content, place, isServiceUpdate);
    if (detail !== undefined) validated.rejections.push({ reason: 'bad_field', detail, content });
    else validated.updates.push(isServiceUpdate ? update.data! : withoutReassigned(update.data!));
  });
  return validated;
}

/** The sender is left out: it cannot be trusted. */
const rejectWhole = (content: unknown, reason: DeadLetterReason, detail: string): ValidatedEnvelope => ({
  sender: {},
  updates: [],
  rejections: [{ reason, detail, content }],
});

/** Only a service reassigns subtasks. A node that writes `reassigned` is not counted. */
function withoutReassigned(update: SubTaskUpdate): SubTaskUpdate {
  if (update.reassigned === undefined) return update;
  const { reassigned: _, ...rest } = update;
  return rest;
}

function findFault(
  update: ReturnType<typeof readUpdate>,
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
  return hostile === undefined ? undefined : `updates.${place}.${hostile}: ${toSentence('hostile_name')}`;
}

/** An operator of MongoDB, or a member of every object's prototype. No field of the contract has such a name. */
const HOSTILE_KEY = /^\$|^(__proto__|constructor|prototype)$/;

/** The fields of an update that hold named fields. */
const NESTED = ['scan_result', 'error_info'];

/**
 * The path of a key that only an attacker sends. Other unknown keys are ignored, since newer nodes may send them. It
 * looks only as deep as the contract goes: JSON may be deeper than the stack.
 */
function findHostileKey(update: unknown): string | undefined {
  const own = findIn(update);
  if (own !== undefined) return own;
  for (const field of NESTED) {
    const nested = findIn((update as Record<string, unknown> | null)?.[field]);
    if (nested !== undefined) return `${field}.${nested}`;
  }
  return undefined;
}

function findIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const key in value) if (HOSTILE_KEY.test(key)) return key;
  return undefined;
}
