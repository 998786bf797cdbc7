import type { ZodError } from 'zod';

export interface FieldError {
  /** A path such as `scan.ports`; empty for the whole body. */
  field: string;
  message: string;
}

/** Each invalid field, at most 50. An unknown field is listed under its own name. */
export function toFieldErrors(error: ZodError): FieldError[] {
  const errors = error.issues.flatMap((issue): FieldError[] => {
    const path = issue.path.map((part) => shorten(String(part)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ field: [...path, shorten(key)].join('.'), message: 'is not a known field' }));
    }
    return [{ field: path.join('.'), message: issue.message }];
  });
  return errors.slice(0, 50);
}

/** An empty key is shown as `""`, a long one is cut. */
const shorten = (text: string) => (text === '' ? '""' : text.length > 64 ? `${text.slice(0, 63)}…` : text);
