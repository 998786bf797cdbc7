import { toSentence } from '../sentences/sentences';

/**
 * JSON is parsed to any depth, but written, compared and walked only as deep as the stack. No message of ours is nested
 * deeper than ten levels. So what is nested deeper than this is refused before anything recursive touches it.
 */
export const MAX_JSON_DEPTH = 64;
export const TOO_DEEP = toSentence('nested_too_deep', { levels: MAX_JSON_DEPTH });

/**
 * Whether a parsed JSON value has more than `most` levels of objects and arrays. Level by level, so that no depth is
 * too much for it.
 */
export function isTooDeep(value: unknown, most: number = MAX_JSON_DEPTH): boolean {
  let level: object[] = isObject(value) ? [value] : [];
  for (let depth = 0; depth < most && level.length > 0; depth++) {
    const next: object[] = [];
    for (const each of level) for (const child of Object.values(each)) if (isObject(child)) next.push(child);
    level = next;
  }
  return level.length > 0;
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
