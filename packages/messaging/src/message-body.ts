/** The largest body that is sent or parsed, in bytes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

export type ParsedBody = { body: unknown } | { reason: 'too_large' | 'not_json'; detail: string };

/** A body as JSON, unless it is too large to be worth parsing. A `__proto__` key is left out, at any depth. */
export function parseBody(raw: Buffer): ParsedBody {
  if (raw.length > MAX_BODY_BYTES) return { reason: 'too_large', detail: `${raw.length} bytes of ${MAX_BODY_BYTES}` };
  try {
    const text = raw.toString('utf8');
    return { body: JSON.parse(text, MAY_NAME_PROTOTYPE.test(text) ? leaveOutPrototype : undefined) };
  } catch (error) {
    return { reason: 'not_json', detail: (error as Error).message.slice(0, 500) };
  }
}

// Plain or with its first underscore escaped in some way; only then is the slow reviver needed.
const MAY_NAME_PROTOTYPE = /__proto__|\\u00/;

const leaveOutPrototype = (key: string, value: unknown): unknown => (key === '__proto__' ? undefined : value);

export const toBody = (body: unknown): Buffer => Buffer.from(JSON.stringify(body), 'utf8');
