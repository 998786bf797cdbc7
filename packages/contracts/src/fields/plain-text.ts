import * as z from 'zod';
import { toSentence } from '../sentences/sentences';

/** What people write, names and reasons: how long it may be, and which characters it may hold. */
export interface TextRule {
  /** In code points, after NFC and trimming. */
  max: number;
  /** The least: 0 takes a blank text for an empty one. */
  min: 0 | 1;
  /** A character that is refused. */
  refused: RegExp;
  /** What `refused` stands for, in words. */
  refusedNames: string;
}

/** What every text refuses, as the inside of a character class that regular expressions of all languages read. */
const CONTROLS = '\\x00-\\x1f\\x7f-\\x9f';
/** By the least length: a text that may not be blank has a character that is no blank. */
const PATTERNS = { 0: `^[^${CONTROLS}]*$`, 1: `^[^${CONTROLS}]*[^${CONTROLS} \\xa0][^${CONTROLS}]*$` } as const;

/**
 * NFC of a long run of marks costs its square (100,000 of them: 3 s). So a text that is too long anyhow is not
 * normalised.
 */
const MAX_UNITS_PER_CHARACTER = 8;

/**
 * A text in NFC and trimmed. Refuses one that is too long, or that holds a character of `refused`, which the error
 * names.
 */
export const plainText = ({ min, max, refused, refusedNames }: TextRule): z.ZodString =>
  z
    .string()
    .check((context) => {
      const refuse = (message: string) => context.issues.push({ code: 'custom', message, input: context.value });
      const trimmed = context.value.trim();
      const isLong = trimmed.length > max * MAX_UNITS_PER_CHARACTER;
      const text = isLong ? trimmed : trimmed.normalize('NFC');
      const found = refused.exec(text)?.[0];
      if (isLong || !hasAtMost(text, max) || text.length < min) refuse(toLengthText(min, max));
      else if (found !== undefined)
        refuse(toSentence('refused_character', { character: toCodePoint(found), names: refusedNames }));
      else context.value = text;
    })
    .meta({
      ...(min > 0 && { minLength: min }),
      maxLength: max,
      pattern: PATTERNS[min],
      description: `Plain text, trimmed: ${refusedNames} are refused`,
    });

/** Whether a text has `max` characters (code points) or fewer. */
export const hasAtMost = (text: string, max: number): boolean =>
  text.length <= max || (text.length <= 2 * max && [...text].length <= max);

const toLengthText = (least: number, most: number) =>
  least > 0 ? toSentence('one_to_characters', { least, most }) : toSentence('at_most_characters', { most });

const toCodePoint = (character: string) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
