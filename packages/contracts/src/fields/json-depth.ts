import { toSentence } from '../sentences/sentences';

/**
 * JSON is parsed to any depth, but written, compared and walked only as deep as the stack. No message of ours is nested
 * deeper than ten levels. So what is nested deeper than this is refused before anything recursive touches it.
 */
export const MAX_JSON_DEPTH = 64;
export const TOO_DEEP = toSentence('nested_too_deep', { levels: MAX_JSON_DEPTH });

/** Whether a parsed JSON value has more than `most` levels of objects and arrays. It looks no deeper than that. */
export function isTooDeep(value: unknown, most: number = MAX_JSON_DEPTH): boolean {
  if (!isObject(value)) return false;
  if (most === 0) return true;
  if (Array.isArray(value)) {
    for (const child of value) if (isTooDeep(child, most - 1)) return true;
  } else {
    // `Object.values` would make an array of each object of each message.
    for (const key in value) if (isTooDeep(value[key as keyof typeof value], most - 1)) return true;
  }
  return false;
}

/** A value as JSON text, whatever its depth: what lies deeper than `most` levels is left out (`[…]`, `{…}`). */
export const toShallowJson = (value: unknown, most: number = MAX_JSON_DEPTH): string =>
  JSON.stringify(prune(value, most)) ?? '';

function prune(value: unknown, levels: number): unknown {
  if (!isObject(value)) return value;
  if (levels === 0) return Array.isArray(value) ? '[…]' : '{…}';
  if (Array.isArray(value)) return value.map((each) => prune(each, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, prune(each, levels - 1)]));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
