import type { ZodError } from 'zod';

type Issues = ZodError['issues'];

export interface FieldError {
  /** A path such as `scan.ports`; empty for the whole body. */
  field: string;
  message: string;
}

/** Each invalid field, at most 50. An unknown field is listed under its own name. */
export function toFieldErrors(error: ZodError): FieldError[] {
  const errors = chooseIssues(error.issues).flatMap((issue): FieldError[] => {
    const path = issue.path.map((part) => shorten(String(part)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ field: [...path, shorten(key)].join('.'), message: 'is not a known field' }));
    }
    return [{ field: path.join('.'), message: issue.message }];
  });
  return errors.slice(0, 50);
}

/** Of a body that may have several forms, the issues of the one that knows the most of its fields. */
function chooseIssues(issues: Issues): Issues {
  const [first] = issues;
  if (first?.code !== 'invalid_union' || first.path.length > 0 || first.errors.length === 0) return issues;
  const countUnknown = (form: Issues) =>
    form.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : [])).length;
  return first.errors.reduce((best, form) => (countUnknown(form) < countUnknown(best) ? form : best));
}

/** An empty key is shown as `""`, a long one is cut. */
const shorten = (text: string) => (text === '' ? '""' : text.length > 64 ? `${text.slice(0, 63)}…` : text);
