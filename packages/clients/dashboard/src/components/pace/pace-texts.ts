import type { TaskConfig } from '@cyberstroll/contracts';
import { toShellWord } from '../../api/command';
import { readWindowLines, splitLines, toWindowLines } from './window-lines';

/** How hard, and when, as forms have it: an empty text stands for no limit. */
export const PACE_NAMES = ['max_concurrent', 'max_starts_per_second', 'per_prefix', 'windows', 'at_close'] as const;
export type PaceName = (typeof PACE_NAMES)[number];
export type PaceTexts = Record<PaceName, string>;
type Pace = Partial<Pick<TaskConfig, PaceName>>;

export const toPaceTexts = (pace: Pace = {}): PaceTexts => ({
  max_concurrent: String(pace.max_concurrent ?? ''),
  max_starts_per_second: String(pace.max_starts_per_second ?? ''),
  per_prefix: pace.per_prefix
    ? `${pace.per_prefix.max_concurrent}/${pace.per_prefix.ipv4_length}/${pace.per_prefix.ipv6_length}`
    : '',
  windows: toWindowLines(pace.windows),
  at_close: pace.at_close ?? '',
});

export const hasNumber = ({ max_concurrent, max_starts_per_second, per_prefix }: PaceTexts): boolean =>
  [max_concurrent, max_starts_per_second, per_prefix].some((text) => text !== '');

export const isPaceName = (name: string): name is PaceName => (PACE_NAMES as readonly string[]).includes(name);

/** As the API takes it. What cannot be read goes as it is, so that the API says what is wrong with it. */
export function readPace(name: PaceName, text: string): unknown {
  if (name === 'windows') return readWindowLines(text);
  if (name === 'at_close') return text;
  if (name !== 'per_prefix') return toNumber(text);
  const [max_concurrent, ipv4_length, ipv6_length] = text.split('/').map(toNumber);
  return {
    max_concurrent,
    ...(ipv4_length !== undefined && { ipv4_length }),
    ...(ipv6_length !== undefined && { ipv6_length }),
  };
}

const toNumber = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text);

/** What differs from before; null removes it. */
export const toPaceChanges = (texts: PaceTexts, before: PaceTexts): object =>
  Object.fromEntries(
    findChanged(texts, before).map((name) => [name, texts[name] === '' ? null : readPace(name, texts[name])]),
  );

/** The same as options of the command line. */
export const toPaceOptions = (texts: PaceTexts, before: PaceTexts): string =>
  findChanged(texts, before)
    .flatMap((name) => toPaceWords(name, texts[name] || 'none'))
    .map((words) => ` ${words}`)
    .join('');

export const toPaceWords = (name: PaceName, text: string): string[] =>
  name === 'windows'
    ? splitLines(text).map((line) => `--window ${toShellWord(line)}`)
    : [`--${name.replaceAll('_', '-')} ${toShellWord(text)}`];

const findChanged = (texts: PaceTexts, before: PaceTexts): PaceName[] =>
  PACE_NAMES.filter((name) => texts[name] !== before[name]);
