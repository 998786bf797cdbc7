/** Of a database's operator, or of every object's prototype. No field of the contract has such a name. */
const HOSTILE_KEY = /^\$|^(__proto__|constructor|prototype)$/;

/** Where an update's fields are named: at its top, and in these. */
const NESTED = ['scan_result', 'error_info'];

/**
 * The path of a key that nobody sends in good faith, in an update as it was parsed. What is unknown else is passed over, for
 * the sake of newer nodes. Only as deep as the contract goes: JSON may be deeper than a stack.
 */
export function findHostileKey(update: unknown): string | undefined {
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
  for (const key of Object.keys(value)) if (HOSTILE_KEY.test(key)) return key;
  return undefined;
}
