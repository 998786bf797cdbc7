import {
  type ErrorThreshold,
  errorThresholdSchema,
  normalizePorts,
  type PerPrefix,
  perPrefixSchema,
  readWindowText,
  type ScanWindow,
  scanWindowSchema,
} from '@cyberstroll/contracts';
import { InvalidArgumentError, Option } from 'commander';

import { defineTexts } from '../language/say';

const t = defineTexts({
  must_whole: ['Must be a whole number from {min}.', '必须是不小于 {min} 的整数。'],
  must_whole_number: ['Must be a whole number from {min} to {max}.', '必须是 {min} 到 {max} 的整数。'],
  must_number: ['Must be a number of seconds, 0 or more.', '必须是秒数，不小于 0。'],
  must_rate: ['Must be a number from 0.01 to 100000.', '必须是 0.01 到 100000 的数。'],
  must_count: [
    'Must be a count such as 3, or a share of all targets from 0% to 100%.',
    '必须是个数（如 3），或占全部目标的比例（0% 到 100%）。',
  ],
  must_code: ['Must be CODE=yes or CODE=no.', '必须是 CODE=yes 或 CODE=no。'],
  must_object: ['Must be an object of JSON.', '必须是 JSON 对象。'],
  must_window: [
    'Must be days, hours and a time zone, such as "mon-fri 22:00-06:00 Europe/Berlin".',
    '必须是星期、时段和时区，如 "mon-fri 22:00-06:00 Asia/Shanghai"。',
  ],
  must_prefix: [
    'Must be a number from 1 to 1000000, alone or with the lengths of prefixes, such as 4 or 4/24/64.',
    '必须是 1 到 1000000 的整数，可带前缀长度，如 4 或 4/24/64。',
  ],
  status: ['only items with this status', '只列出此状态的项'],
});

/** Converters of option values. A refused value is a usage error. */

export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(
        max === Number.MAX_SAFE_INTEGER ? t('must_whole', { min }) : t('must_whole_number', { min, max }),
      );
    }
    return value;
  };

export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {}
  throw new InvalidArgumentError(t('must_object'));
}

export function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError(t('must_number'));
  return value;
}

export function startsPerSecond(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0.01 && value <= 100_000)) throw new InvalidArgumentError(t('must_rate'));
  return value;
}

/** `4`, or `4/24/64`: at most 4 in each /24 of IPv4 and each /64 of IPv6. */
export function perPrefix(text: string): PerPrefix {
  const [max_concurrent, ipv4_length, ipv6_length, ...more] = text.split('/').map((part) => Number(part || Number.NaN));
  const number = perPrefixSchema.safeParse({ max_concurrent, ipv4_length, ipv6_length });
  if (number.success && more.length === 0) return number.data;
  throw new InvalidArgumentError(t('must_prefix'));
}

/** A count, or a share of all targets. */
export function errorThreshold(text: string): ErrorThreshold {
  const threshold = errorThresholdSchema.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (threshold.success) return threshold.data;
  throw new InvalidArgumentError(t('must_count'));
}

/** Hours of the week in which scans may begin; given once for each. */
export function scanWindow(text: string, before: ScanWindow[] = []): ScanWindow[] {
  const window = scanWindowSchema.safeParse(readWindowText(text));
  if (window.success) return [...before, window.data];
  throw new InvalidArgumentError(t('must_window'));
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
  if (name === undefined) throw new InvalidArgumentError(t('must_code'));
  return { ...before, [name]: value === 'yes' };
}

export const statusOption = (statuses: readonly string[], toStatus = (text: string) => text.toUpperCase()): Option => {
  const option = new Option('--status <status>', t('status')).choices(statuses);
  const parse = option.parseArg!;
  return option.argParser((text, before) => parse(toStatus(text), before));
};
