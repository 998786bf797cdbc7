import { createHash } from 'node:crypto';
import {
  CUT_CONTENT_BYTES,
  type DeadLetter,
  type DeadLetterReason,
  type DeadLetterRecord,
  deadLetterSchema,
  EXCHANGES,
  taskIdSchema,
  toErrorText,
} from '@cyberstroll/contracts';
import * as z from 'zod';
import { toReplayTarget } from './replay-target';

/** A message from the dead-letter queue. */
export interface DeadMessage {
  raw: Buffer;
  headers: Record<string, unknown>;
  routingKey: string;
  messageId?: string;
  appId?: string;
  /** Checked by RabbitMQ. */
  userId?: string;
}

export interface KeepLimits {
  /** Content up to this size is kept whole. A longer one is cut to a sample and cannot be replayed. */
  maxBytes: number;
  /** Milliseconds after which the record expires. */
  keepMs: number;
}

type Content = Pick<DeadLetterRecord, 'content' | 'content_type' | 'content_bytes'> & { isCut: boolean };
type Origin = Omit<DeadLetter, 'content' | 'first_seen'> & { first_seen: Date | undefined; content: Content };

/**
 * The record of a message of the dead-letter queue. Never throws, whatever the message contains. The message has one of
 * three forms: a dead letter of our services; a message that RabbitMQ dead-lettered, whole, with its history in
 * `x-death`; or anything else, which is kept with the routing key as its queue.
 */
export function toDeadLetterRecord(message: DeadMessage, now: Date, limits: KeepLimits): DeadLetterRecord {
  const death = findDeath(message.headers);
  const origin = death
    ? fromRabbitMq(message, death, limits)
    : (fromService(message, limits) ?? fromUnknown(message, limits));
  const { isCut, ...content } = origin.content;
  // The content is not trusted, but RabbitMQ checks the routing key: a node may only use those of jobs and control.
  const isTrusted = origin.queue === message.routingKey;
  const trustedExchange = isTrusted ? origin.exchange : undefined;
  // What RabbitMQ gave up still has the user that sent it; of a dead letter that is the service that wrote it.
  const user_id = isTrusted && !death ? origin.user_id : message.userId;
  const target = toReplayTarget(origin.queue, trustedExchange);
  const unreplayable = findUnreplayableReason(isCut, content.content_type, target !== undefined);
  return {
    dead_letter_id: toId(message, { death, origin }),
    state: 'waiting',
    reason: clip(origin.reason, 100),
    detail: clip(origin.detail, 2_000),
    queue: clip(origin.queue, 200),
    first_seen: toPast(origin.first_seen, now),
    ...(origin.fold && { count: 1, last_seen: now }),
    ...(origin.sender !== undefined && { sender: clip(origin.sender, 100) }),
    ...(user_id !== undefined && { user_id: clip(user_id, 255) }),
    ...(origin.update_sender && { update_sender: origin.update_sender }),
    ...findTask(origin.content),
    ...content,
    replayable: unreplayable === undefined,
    ...(unreplayable !== undefined && { unreplayable_reason: unreplayable }),
    ...target,
    replayed_times: [],
    kept_time: now,
    expires: new Date(now.getTime() + limits.keepMs),
  };
}

/** An update and a job name their task; an envelope has many tasks. */
function findTask({ content, content_type, isCut }: Content): Pick<DeadLetterRecord, 'task_id'> {
  if (isCut || content_type !== 'json') return {};
  const named = taskSchema.safeParse(JSON.parse(content));
  return named.success ? named.data : {};
}

const taskSchema = z.object({ task_id: taskIdSchema });

function findUnreplayableReason(
  isCut: boolean,
  type: Content['content_type'],
  hasTarget: boolean,
): DeadLetterReason | undefined {
  if (isCut) return 'content_cut';
  if (type !== 'json') return 'not_json';
  return hasTarget ? undefined : 'no_origin';
}

interface Death {
  reason: string;
  queue: string;
  exchange: string | undefined;
  count: number;
  /** Whole seconds since 1970. */
  time: number | undefined;
}

/** The newest entry of the header that RabbitMQ writes when it dead-letters a message. */
function findDeath(headers: Record<string, unknown>): Death | undefined {
  const deaths = headers['x-death'];
  const last: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  if (typeof last !== 'object' || last === null) return undefined;
  const { reason, queue, exchange, count, time } = last as Record<string, unknown>;
  if (typeof reason !== 'string' || typeof queue !== 'string') return undefined;
  const seconds = typeof time === 'object' && time !== null ? (time as { value?: unknown }).value : time;
  return {
    reason,
    queue,
    exchange: typeof exchange === 'string' ? exchange : undefined,
    count: typeof count === 'number' ? count : 1,
    time: typeof seconds === 'number' ? seconds : undefined,
  };
}

/** A job that nobody has taken by its `not_after`: it is sent again when its gate opens. */
export function isExpiredJob({ headers }: Pick<DeadMessage, 'headers'>): boolean {
  const death = findDeath(headers);
  return death?.reason === 'expired' && death.exchange === EXCHANGES.jobs.name;
}

/** The reasons for which RabbitMQ dead-letters a message. A newer RabbitMQ may have others. */
const DEATHS: ReadonlySet<string> = new Set([
  'delivery_limit',
  'expired',
  'maxlen',
  'rejected',
] satisfies DeadLetterReason[]);

const toDeathText = (reason: string): string =>
  DEATHS.has(reason) ? toErrorText(reason as DeadLetterReason) : 'RabbitMQ gave up the message';

function fromRabbitMq({ raw, appId }: DeadMessage, death: Death, limits: KeepLimits): Origin {
  return {
    reason: death.reason,
    detail: toDeathText(death.reason),
    queue: death.queue,
    ...(death.exchange !== undefined && { exchange: death.exchange }),
    first_seen: death.time === undefined ? undefined : new Date(death.time * 1_000),
    ...(appId !== undefined && { sender: appId }),
    content: toContent(raw, limits),
  };
}

function fromService({ raw }: DeadMessage, limits: KeepLimits): Origin | undefined {
  try {
    const deadLetter = deadLetterSchema.safeParse(JSON.parse(raw.toString('utf8')));
    if (!deadLetter.success) return undefined;
    const { content, content_bytes, first_seen, ...rest } = deadLetter.data;
    const isText = typeof content === 'string';
    const text = isText ? content : (JSON.stringify(content) ?? '');
    const kept = toContent(Buffer.from(text), limits);
    return {
      ...rest,
      first_seen: new Date(first_seen),
      // Content that is a string was not JSON, or was cut.
      content: {
        ...kept,
        ...((isText || content === undefined) && { content_type: 'text' as const }),
        ...(content_bytes !== undefined && { content_bytes, isCut: true }),
      },
    };
  } catch {
    // Not JSON, or nested too deeply to be serialized.
    return undefined;
  }
}

function fromUnknown({ raw, routingKey, appId }: DeadMessage, limits: KeepLimits): Origin {
  return {
    reason: 'unknown_form' satisfies DeadLetterReason,
    detail: toErrorText('unknown_form'),
    queue: routingKey,
    first_seen: undefined,
    ...(appId !== undefined && { sender: appId }),
    content: toContent(raw, limits),
  };
}

function toContent(raw: Buffer, { maxBytes }: KeepLimits): Content {
  const isCut = raw.length > maxBytes;
  const size = { content_bytes: raw.length, isCut };
  const kept = isCut ? raw.subarray(0, Math.min(maxBytes, CUT_CONTENT_BYTES)) : raw;
  // With `stream` the decoder leaves out a character that was cut in half.
  const text = decode(kept, isCut);
  if (text === undefined) return { content: kept.toString('base64'), content_type: 'base64', ...size };
  const isJson = isCut ? /^\s*[{[]/.test(text) : isJsonText(text);
  return { content: text, content_type: isJson ? 'json' : 'text', ...size };
}

function decode(bytes: Buffer, stream: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream });
  } catch {
    return undefined;
  }
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The id of a record: the same for a message that is delivered again, another for a message that only looks the same. A
 * dead letter that names its source is written again by each consumer of that message, so its source and content make
 * the id. A dead letter that is folded gets its id from its reason, queue and sender.
 */
function toId(message: DeadMessage, { death, origin }: { death: Death | undefined; origin: Origin }): string {
  const { raw, messageId = '', appId = '', routingKey } = message;
  const { source, queue, content, fold, reason, sender = '' } = origin;
  const [identity, body] = fold
    ? [['fold', reason, queue, sender], '']
    : source === undefined
      ? [[appId, messageId, routingKey, death?.queue, death?.reason, death?.time], raw]
      : [[source, queue], content.content];
  return createHash('sha256').update(JSON.stringify(identity)).update(body).digest('hex').slice(0, 32);
}

/** The sender's clock is not trusted: a time that is not in the past becomes now. */
function toPast(time: Date | undefined, now: Date): Date {
  const ms = time?.getTime() ?? Number.NaN;
  return ms > 0 && ms <= now.getTime() ? time! : now;
}

const clip = (text: string, length: number): string => (text.length <= length ? text : text.slice(0, length));
