import { toDurationText } from '@cyberstroll/contracts';
import { paintState } from '../color';
import { type MessageId, say, sayCode, sayText } from '../language/say';
import { isEnded, type WatchUpdate } from '../watch/watch-update';
import { cutTo, toWidth } from './text-width';

export interface ProgressStyle {
  /** Columns of the terminal; without it, one plain line with every count that is not 0. */
  columns?: number;
  color?: boolean;
}

const LONGEST_BAR = 40;
const SHORTEST_BAR = 8;

const COUNTS = [
  ['pending_count', 'pending'],
  ['assigned_count', 'assigned'],
  ['scanning_count', 'scanning'],
  ['retry_count', 'retrying'],
  ['completed_count', 'completed'],
  ['failed_count', 'failed'],
  ['timeout_count', 'timed out'],
  ['cancelled_count', 'cancelled'],
] as const satisfies [string, MessageId][];
/** The counts that are shown beside a bar. */
const BESIDE_BAR = new Set<string>(['scanning', 'retrying', 'failed', 'timed out', 'cancelled']);

/** A task's progress as one line, never longer than `columns` less one. Pure. */
export function renderProgress(update: WatchUpdate, { columns, color = false }: ProgressStyle = {}): string {
  const status = sayCode(update.status);
  const percent = toPercentText(update.progress);
  const counted = `${update.done}/${update.total}`;
  const remaining = toRemaining(update);
  if (columns === undefined) return [status, percent, counted, ...toCounts(update), ...remaining].join('  ');

  const facts = [percent.padStart(6), counted, ...toCounts(update, BESIDE_BAR), ...remaining].join('  ');
  const space = columns - 1 - toWidth(status) - toWidth(facts) - 4;
  if (space < SHORTEST_BAR) return cutTo(`${status} ${facts}`, columns - 1);
  const length = Math.min(LONGEST_BAR, space);
  const paint = (text: string) => paintState(update.status, text, color);
  const bar = toBar(update.progress, length).replace(/█+/, paint);
  return `${paint(status)}  ${bar}  ${facts}`;
}

/** Rounded down: 100 means all. */
export const toPercentText = (percent: number): string =>
  percent === 100 ? '100%' : `${(Math.floor(percent * 10) / 10).toFixed(1)}%`;

/** A percentage as a bar of this many columns. */
export function toBar(percent: number, length: number): string {
  const filled = Math.floor((Math.min(100, Math.max(0, percent)) / 100) * length);
  return '█'.repeat(filled) + '░'.repeat(length - filled);
}

/** The counts that are not 0, as words. */
export function toCounts({ counts }: Pick<WatchUpdate, 'counts'>, shown?: Set<string>): string[] {
  return COUNTS.filter(([name, word]) => counts[name] > 0 && (!shown || shown.has(word))).map(
    ([name, word]) => `${sayText(word)} ${counts[name]}`,
  );
}

function toRemaining(update: WatchUpdate): string[] {
  if (isEnded(update) || update.estimated_remaining === null) return [];
  return [`${say('ETA')} ${toDurationText(Math.round(update.estimated_remaining))}`];
}
