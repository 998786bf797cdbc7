import { type ErrorThreshold, errorThresholdSchema, normalizePorts } from '@cyberstroll/contracts';
import { InvalidArgumentError, Option } from 'commander';
import { say } from '../language/say';

/** Converters of option values. A refused value is a usage error. */

export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(
        max === Number.MAX_SAFE_INTEGER
          ? say('Must be a whole number from {min}.', { min })
          : say('Must be a whole number from {min} to {max}.', { min, max }),
      );
    }
    return value;
  };

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError(say('Must be a number of seconds, 0 or more.'));
  return value;
}

/** A time with its offset, in ISO 8601 or as lists show it; becomes ISO 8601. */
export function isoTime(text: string): string {
  const [, date, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))$/.exec(text) ?? [];
  if (date === undefined || Number.isNaN(Date.parse(`${date}T${time}`))) {
    throw new InvalidArgumentError(say('Must be a time with an offset, such as 2026-01-31T12:00:00Z.'));
  }
  return `${date}T${time}`;
}

/** A count, or a share of all targets. */
export function errorThreshold(text: string): ErrorThreshold {
  const threshold = errorThresholdSchema.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (threshold.success) return threshold.data;
  throw new InvalidArgumentError(say('Must be a count such as 3, or a share of all targets from 0% to 100%.'));
}

export function ports(text: string): string {
  try {
    return normalizePorts(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** An option that may be given several times, its values joined as a list. */
export const joined = (text: string, before?: string): string => (before ? `${before},${text}` : text);

/** An option that may be given several times. */
export const repeated = (text: string, before: string[] = []): string[] => [...before, text];

/** An option of names that are each set to yes or no, given once for each. */
export function yesOrNo(text: string, before: Record<string, boolean> = {}): Record<string, boolean> {
  const [, name, value] = /^([^=]+)=(yes|no)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError(say('Must be CODE=yes or CODE=no.'));
  return { ...before, [name]: value === 'yes' };
}

export const statusOption = (statuses: readonly string[], toStatus = (text: string) => text.toUpperCase()): Option => {
  const option = new Option('--status <status>', 'only items with this status').choices(statuses);
  const parse = option.parseArg!;
  return option.argParser((text, before) => parse(toStatus(text), before));
};
