import {
  CUT_CONTENT_BYTES,
  type DeadLetter,
  isTooDeep,
  MAX_MESSAGE_BYTES,
  TOO_DEEP,
  toSentence,
  toShallowJson,
} from '@cyberstroll/contracts';

export type ParsedBody = { body: unknown } | { reason: 'too_large' | 'not_json' | 'too_deep'; detail: string };

/**
 * A body as JSON, unless it is too large to be worth parsing, or nested too deeply for what comes after. Whatever keys
 * it has: its schema takes the known ones. With `anyDepth` the caller looks at the depth of its parts.
 */
export function parseBody(raw: Buffer, { anyDepth = false }: { anyDepth?: boolean } = {}): ParsedBody {
  if (raw.length > MAX_MESSAGE_BYTES)
    return {
      reason: 'too_large',
      detail: toSentence('too_many_bytes', { bytes: raw.length, limit: MAX_MESSAGE_BYTES }),
    };
  try {
    const body: unknown = JSON.parse(raw.toString('utf8'));
    return !anyDepth && isTooDeep(body) ? { reason: 'too_deep', detail: TOO_DEEP } : { body };
  } catch (error) {
    return { reason: 'not_json', detail: (error as Error).message.slice(0, 500) };
  }
}

export const toBody = (body: unknown): Buffer => Buffer.from(JSON.stringify(body), 'utf8');

/** The largest message whole, with room for what it grows by when it is written again. RabbitMQ 4 takes 16 MiB. */
const MAX_DEAD_LETTER_BYTES = 2 * MAX_MESSAGE_BYTES;

/**
 * The dead letter as a message. Content that is nested too deeply to be written is text, as deep as may be. Where the
 * dead letter would be too long, its content is cut, and says how long it was.
 */
export function toDeadLetterBody(deadLetter: DeadLetter): Buffer {
  if (isTooDeep(deadLetter.content)) {
    return toBody({ ...deadLetter, ...cut(Buffer.from(toShallowJson(deadLetter.content))) });
  }
  const whole = toBody(deadLetter);
  if (whole.length <= MAX_DEAD_LETTER_BYTES) return whole;
  const { content } = deadLetter;
  return toBody({ ...deadLetter, ...cut(typeof content === 'string' ? Buffer.from(content) : toBody(content)) });
}

/** The beginning of a content that cannot be whole, and how long it was. */
export const cut = (raw: Buffer): Pick<DeadLetter, 'content' | 'content_bytes'> => ({
  content: raw.toString('utf8', 0, CUT_CONTENT_BYTES),
  ...(raw.length > CUT_CONTENT_BYTES && { content_bytes: raw.length }),
});
