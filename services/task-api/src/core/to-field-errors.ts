import type { ZodError } from 'zod';

export interface FieldError {
  /** A path: `scan.ports`; empty for the whole. */
  field: string;
  message: string;
}

/** Each field at fault; a field that is not known is named itself. At most 50. */
export function toFieldErrors(error: ZodError): FieldError[] {
  const errors = error.issues.flatMap((issue): FieldError[] => {
    const path = issue.path.map((part) => shorten(String(part)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ field: [...path, shorten(key)].join('.'), message: 'is not known' }));
    }
    return [{ field: path.join('.'), message: issue.message }];
  });
  return errors.slice(0, 50);
}

/** An empty key would be an empty name. */
const shorten = (text: string) => (text === '' ? '""' : text.length > 64 ? `${text.slice(0, 63)}…` : text);
