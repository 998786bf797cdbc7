import { AppError } from '@cyberstroll/runtime';
import { Types } from 'mongoose';

type Filter = Record<string, unknown>;

/** The order of a list: by a field and then by `_id`, both in one direction. */
export interface Order<Found> {
  field: string;
  direction: 1 | -1;
  /** The field's value in a cursor. */
  write: (found: Found) => string | number;
  /** The value of that text; undefined if it is not one of this order. */
  read: (text: string) => string | number | Date | undefined;
}

/** The number of a text of digits. */
export const readDigits = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

export const toSort = <Found>({ field, direction }: Order<Found>) => ({ [field]: direction, _id: direction });

/** The cursor of the page after this document. `id` is its `_id` in hex. */
export const toCursor = <Found>({ write }: Order<Found>, last: Found, id: string): string => `${write(last)}-${id}`;

/**
 * The filter of what comes after the cursor. The index is entered at its value; `$or` alone would not say where. Throws
 * AppError `invalid_query` for a cursor of another order.
 */
export function continueAfter<Found>(cursor: string, filter: Filter, { field, direction, read }: Order<Found>): Filter {
  const [text = '', id = ''] = cursor.split('-');
  const value = read(text);
  if (value === undefined) {
    throw new AppError('invalid_query', { detail: 'cursor: must be a next_cursor of this list', field: 'cursor' });
  }
  const [atLeast, beyond] = direction === 1 ? ['$gte', '$gt'] : ['$lte', '$lt'];
  const asked = filter[field] as { $gte?: typeof value } | undefined;
  // The cursor of another filter may lie before the least value that is asked for.
  const isBefore = direction === 1 && asked?.$gte !== undefined && asked.$gte > value;
  return {
    ...filter,
    [field]: { ...asked, ...(!isBefore && { [atLeast]: value }) },
    $or: [{ [field]: { [beyond]: value } }, { [field]: value, _id: { [beyond]: new Types.ObjectId(id) } }],
  };
}
