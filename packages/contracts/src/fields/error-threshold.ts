import * as z from 'zod';
import { jsonForms } from '../json-schema/json-forms';
import { toSentence } from '../sentences/sentences';
import { countSchema, MAX_TARGETS } from './fields';

/** A share of a task's targets: `10%`, `0.25%`. */
export type ErrorShare = `${number}%`;
/** How many subtasks may be FAILED or TIMEOUT: a count, or a share of all targets. */
export type ErrorThreshold = number | ErrorShare;

const SHARE = /^(?:100|\d{1,2}(?:\.\d{1,2})?)%$/;
const isShare = (given: unknown): given is ErrorShare => typeof given === 'string' && SHARE.test(given);
const isCount = (given: unknown): given is number => countSchema.max(MAX_TARGETS).safeParse(given).success;

export const errorShareSchema = z.string().regex(SHARE) as unknown as z.ZodType<ErrorShare>;
export const errorThresholdSchema = z
  .custom<ErrorThreshold>((given) => isCount(given) || isShare(given), toSentence('threshold', { most: MAX_TARGETS }))
  .register(jsonForms, {
    form: {
      description: 'How many subtasks may be FAILED or TIMEOUT: a count, or a share of all targets',
      anyOf: [
        { type: 'integer', minimum: 0, maximum: MAX_TARGETS },
        { type: 'string', pattern: SHARE.source },
      ],
    },
  });
