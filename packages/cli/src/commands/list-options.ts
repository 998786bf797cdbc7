import type { Command } from 'commander';
import { integer } from './option-values';
import type { PageOptions } from './pages';

interface ListOptions {
  limit: number;
  all?: boolean;
  cursor?: string;
  status?: string;
}

/** The options of every list. */
export const addListOptions = (command: Command): Command =>
  command
    .option('--limit <n>', 'at most so many', integer(1), 100)
    .option('--all', 'all of them, page after page')
    .option('--cursor <cursor>', 'go on after a former page');

export const toPageOptions = ({ limit, all, cursor, status }: ListOptions): PageOptions => ({
  limit: all ? Number.POSITIVE_INFINITY : limit,
  cursor,
  status,
});
