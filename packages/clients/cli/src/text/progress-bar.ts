import { toDurationText } from '@cyberstroll/contracts';
import { paintState } from '../color';
import { sayCode, sayName, sayState } from '../language/say';
import { isEnded, type WatchUpdate } from '../watch-update';
import { cutTo, toWidth } from './text-width';

export interface ProgressStyle {
  /** Columns of the terminal; without it, one plain line with every count that is not 0. */
  columns?: number;
  color?: boolean;
}

const LONGEST_BAR = 40;
const SHORTEST_BAR = 8;

const COUNTS = [
  ['pending_count', 'PENDING'],
  ['assigned_count', 'ASSIGNED'],
  ['scanning_count', 'SCANNING'],
  ['retry_count', 'RETRYING'],
  ['completed_count', 'COMPLETED'],
  ['failed_count', 'FAILED'],
  ['timeout_count', 'TIMEOUT'],
  ['cancelled_count', 'CANCELLED'],
] as const;
/** The counts that are shown beside a bar. */
const BESIDE_BAR = new Set<string>(['SCANNING', 'RETRYING', 'FAILED', 'TIMEOUT', 'CANCELLED']);

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
  return COUNTS.filter(([name, status]) => counts[name] > 0 && (!shown || shown.has(status))).map(
    ([name, status]) => `${sayState(status)} ${counts[name]}`,
  );
}

function toRemaining(update: WatchUpdate): string[] {
  if (isEnded(update) || update.estimated_remaining === null) return [];
  return [`${sayName('ETA')} ${toDurationText(Math.round(update.estimated_remaining))}`];
}
