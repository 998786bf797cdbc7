import type * as z from 'zod';
import { toSentence } from './sentences';

/** Parses, and says what is wrong by sentences of our own; a schema's own sentence goes before. */
export const readSafely = <Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.output<Schema>> => schema.safeParse(value, { error: toFaultText });

/** A body may have a hundred thousand unknown names. */
const SHOWN_NAMES = 50;

type Issue = z.core.$ZodRawIssue;

/** What is wrong with a value, without its field. */
export function toFaultText(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? toSentence('required') : toKindText(issue.expected);
    case 'too_big':
      return toTooBig(issue);
    case 'too_small':
      return toTooSmall(issue);
    case 'invalid_format':
      return issue.format === 'datetime' ? toSentence('not_a_time') : toSentence('other_form', { form: toForm(issue) });
    case 'not_multiple_of':
      return toSentence('not_multiple', { step: Number(issue.divisor) });
    case 'invalid_value':
      return toValueText(issue);
    case 'unrecognized_keys':
      return toSentence('unknown_fields', { names: issue.keys.slice(0, SHOWN_NAMES).join(', ') });
    case 'invalid_union':
      return issue.input === undefined ? toSentence('required') : toSentence('no_form_fits');
    case 'invalid_key':
      return toSentence('bad_names');
    default:
      return toSentence('not_valid');
  }
}

function toKindText(expected: string): string {
  switch (expected) {
    case 'string':
      return toSentence('not_text');
    case 'number':
      return toSentence('not_a_number');
    case 'int':
      return toSentence('not_whole');
    case 'boolean':
      return toSentence('not_boolean');
    case 'object':
    case 'record':
      return toSentence('not_an_object');
    case 'array':
      return toSentence('not_a_list');
    default:
      return toSentence('other_kind', { kind: expected });
  }
}

function toTooBig({ origin, maximum, inclusive }: Extract<Issue, { code: 'too_big' }>): string {
  const limit = Number(maximum);
  if (origin === 'string') return toSentence('too_long', { limit });
  if (origin === 'array' || origin === 'set') return toSentence('too_many', { limit });
  return inclusive === false ? toSentence('not_less', { limit }) : toSentence('too_big', { limit });
}

function toTooSmall({ origin, minimum, inclusive }: Extract<Issue, { code: 'too_small' }>): string {
  const limit = Number(minimum);
  const isText = origin === 'string';
  if ((isText || origin === 'array') && limit === 1) return toSentence('empty');
  if (isText) return toSentence('too_short', { limit });
  if (origin === 'array' || origin === 'set') return toSentence('too_few', { limit });
  return inclusive === false ? toSentence('not_more', { limit }) : toSentence('too_small', { limit });
}

function toValueText({ input, values }: Extract<Issue, { code: 'invalid_value' }>): string {
  if (input === undefined) return toSentence('required');
  const allowed = values.map(String).join(', ');
  return values.length === 1 ? toSentence('not_this', { allowed }) : toSentence('not_one_of', { allowed });
}

const toForm = ({ format, pattern }: { format: string; pattern?: string | undefined }): string =>
  format === 'regex' && pattern !== undefined ? pattern : format;
