import { isTooDeep, MAX_MESSAGE_BYTES, TOO_DEEP } from '@cyberstroll/contracts';

export type ParsedBody = { body: unknown } | { reason: 'too_large' | 'not_json' | 'too_deep'; detail: string };

/**
 * A body as JSON, unless it is too large to be worth parsing, or nested too deeply for what comes after. Whatever keys
 * it has: its schema takes the known ones. With `anyDepth` the caller looks at the depth of its parts.
 */
export function parseBody(raw: Buffer, { anyDepth = false }: { anyDepth?: boolean } = {}): ParsedBody {
  if (raw.length > MAX_MESSAGE_BYTES)
    return { reason: 'too_large', detail: `${raw.length} bytes of at most ${MAX_MESSAGE_BYTES}` };
  try {
    const body: unknown = JSON.parse(raw.toString('utf8'));
    return !anyDepth && isTooDeep(body) ? { reason: 'too_deep', detail: TOO_DEEP } : { body };
  } catch (error) {
    return { reason: 'not_json', detail: (error as Error).message.slice(0, 500) };
  }
}

export const toBody = (body: unknown): Buffer => Buffer.from(JSON.stringify(body), 'utf8');
