/** The largest body that is sent or parsed, in bytes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

export type ParsedBody = { body: unknown } | { reason: 'too_large' | 'not_json'; detail: string };

/** A body as JSON, unless it is too large to be worth parsing. Whatever keys it has: its schema takes the known ones. */
export function parseBody(raw: Buffer): ParsedBody {
  if (raw.length > MAX_BODY_BYTES) return { reason: 'too_large', detail: `${raw.length} bytes of ${MAX_BODY_BYTES}` };
  try {
    return { body: JSON.parse(raw.toString('utf8')) };
  } catch (error) {
    return { reason: 'not_json', detail: (error as Error).message.slice(0, 500) };
  }
}

export const toBody = (body: unknown): Buffer => Buffer.from(JSON.stringify(body), 'utf8');
