import { type Problem, toSaid, toSentence } from '@cyberstroll/contracts';
import type { ZodError } from 'zod';

type Issues = ZodError['issues'];

/** `field`: a path such as `scan.ports`; empty for the whole body. */
export type FieldError = NonNullable<Problem['errors']>[number];

export const toFieldError = (field: string, message: string): FieldError => ({
  field,
  message,
  ...toSaid(message, 'fault'),
});

const SHOWN_FIELDS = 50;

/** Each invalid field, at most 50. An unknown field is listed under its own name. */
export function toFieldErrors(error: ZodError): FieldError[] {
  const errors = chooseIssues(error.issues).flatMap((issue): FieldError[] => {
    const path = issue.path.map((part) => shorten(String(part)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys
        .slice(0, SHOWN_FIELDS)
        .map((key) => toFieldError([...path, shorten(key)].join('.'), toSentence('unknown_field')));
    }
    return [toFieldError(path.join('.'), issue.message)];
  });
  return errors.slice(0, SHOWN_FIELDS);
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
