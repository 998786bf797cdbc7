import { isTooDeep, TOO_DEEP } from '@cyberstroll/contracts';

/** The largest body that is sent or parsed, in bytes. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

export type ParsedBody = { body: unknown } | { reason: 'too_large' | 'not_json' | 'too_deep'; detail: string };

/**
 * A body as JSON, unless it is too large to be worth parsing, or nested too deeply for what comes after. Whatever keys
 * it has: its schema takes the known ones. With `anyDepth` the caller looks at the depth of its parts.
 */
export function parseBody(raw: Buffer, { anyDepth = false }: { anyDepth?: boolean } = {}): ParsedBody {
  if (raw.length > MAX_BODY_BYTES)
    return { reason: 'too_large', detail: `${raw.length} bytes of at most ${MAX_BODY_BYTES}` };
  try {
    const body: unknown = JSON.parse(raw.toString('utf8'));
    return !anyDepth && isTooDeep(body) ? { reason: 'too_deep', detail: TOO_DEEP } : { body };
  } catch (error) {
    return { reason: 'not_json', detail: (error as Error).message.slice(0, 500) };
  }
}

export const toBody = (body: unknown): Buffer => Buffer.from(JSON.stringify(body), 'utf8');
