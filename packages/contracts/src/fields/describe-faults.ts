import type * as z from 'zod';

/** A dead letter keeps 2,000 characters of its detail. */
const MAX_LENGTH = 1_800;

/**
 * Everything that is wrong with a message, each as its path and what is wrong; as many faults as have room, and how
 * many more there are.
 */
export function describeFaults(error: z.ZodError, prefix: readonly PropertyKey[] = [], whole = 'body'): string {
  const faults = error.issues.map(({ path, message }) => `${[...prefix, ...path].join('.') || whole}: ${message}`);
  const named: string[] = [];
  let length = 0;
  for (const fault of faults) {
    length += fault.length + 2;
    if (length > MAX_LENGTH && named.length > 0) break;
    named.push(fault.slice(0, MAX_LENGTH));
  }
  const left = faults.length - named.length;
  return named.join('; ') + (left > 0 ? `; and ${left} more` : '');
}
