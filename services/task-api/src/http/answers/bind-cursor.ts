import { createHash } from 'node:crypto';
import type { Page } from '@cyberstroll/contracts';
import { AppError } from '@cyberstroll/runtime';

/**
 * The cursors of one list. A place in a task is a place in every other task too, so a cursor also names its list: the
 * task and the filters. `list` has all of these. `read` throws AppError `invalid_query` for the cursor of another list.
 */
export function bindCursor(list: object) {
  const mark = `-${createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 8)}`;
  return {
    read(cursor: string | undefined): string | undefined {
      if (cursor === undefined || cursor.endsWith(mark)) return cursor?.slice(0, -mark.length);
      const detail = 'cursor: must be a next_cursor of this list, with the same task and filters';
      throw new AppError('invalid_query', { detail, field: 'cursor' });
    },
    write: <Item>({ next_cursor, ...page }: Page<Item>): Page<Item> => ({
      ...page,
      ...(next_cursor !== undefined && { next_cursor: next_cursor + mark }),
    }),
  };
}
