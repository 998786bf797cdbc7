/**
 * Which index can serve each query of a recording, by the rules of MongoDB's planner. A server of the tests may choose
 * otherwise; with these a real one has an index to choose.
 */
import { flattenFilter } from './command-rules';
import type { RecordedCommand } from './record-commands';

type Document = Readonly<Record<string, unknown>>;

export interface QueryIndex {
  readonly keys: Readonly<Record<string, unknown>>;
  /** The `partialFilterExpression`. */
  readonly where?: Document | undefined;
  readonly unique?: boolean | undefined;
}

const EXACT = ['$eq', '$in', '$all'];
const BOUNDS = [...EXACT, '$gt', '$gte', '$lt', '$lte', '$elemMatch', '$regex', '$exists', '$ne', '$nin', '$not'];

/**
 * Every query of the commands, once, and the indexes that serve it: `tasks find settled task_id by task_id` →
 * `settled task_id`. The fields are those of the filter, then those of the order. One document by its `_id` or another
 * unique field is no query.
 */
export function findQueryIndexes(
  commands: readonly RecordedCommand[],
  indexes: Readonly<Record<string, readonly QueryIndex[]>>,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const recorded of commands) {
    const { name, collection, filters } = recorded;
    const own = indexes[collection];
    if (!own) continue;
    const sort = toSort(recorded);
    for (const filter of filters.map(flattenFilter)) {
      if (own.some(({ keys, unique }) => unique && Object.keys(keys).every((key) => has(filter[key], EXACT)))) continue;
      const order = sort.length > 0 ? ['by', ...sort] : [];
      const query = [collection, name, ...toFields(filter), ...order].join(' ');
      const serving = findServing(own, filter, sort);
      // Several filters may have the same fields: each of them is to be served.
      found[query] = found[query]?.filter((each) => serving.includes(each)) ?? serving;
    }
  }
  return found;
}

function toFields({ $or = [], ...filter }: Document): string[] {
  const parts = ($or as Document[]).map((part) => Object.keys(flattenFilter(part)).sort().join(' '));
  return [...Object.keys(filter).sort(), ...(parts.length > 0 ? [`(${[...new Set(parts)].join(' | ')})`] : [])];
}

/** Of an `$or` each part needs one, unless one index serves it whole. */
function findServing(indexes: readonly QueryIndex[], filter: Document, sort: readonly string[]): string[] {
  const nameOf = ({ keys }: QueryIndex) => Object.keys(keys).join(' ');
  const whole = indexes.filter((index) => serves(index, filter, sort)).map(nameOf);
  const parts = (filter['$or'] ?? []) as Document[];
  if (whole.length > 0 || parts.length === 0 || sort.length > 0) return whole;
  const served = parts.map((part) => indexes.filter((index) => serves(index, flattenFilter(part), [])).map(nameOf));
  return served.every((each) => each.length > 0) ? [served.map(([first]) => first).join(', ')] : [];
}

/** The fields that it is sorted by. The direction does not matter: an index is read from either end. */
function toSort({ name, command }: RecordedCommand): string[] {
  const sort = name === 'aggregate' ? command['pipeline'][1]?.$sort : command['sort'];
  return sort instanceof Map ? [...sort.keys()] : Object.keys(sort ?? {});
}

/** Its first field is bounded by the filter, or begins the order; and nothing that it leads to is sorted. */
function serves({ keys, where = {} }: QueryIndex, filter: Document, sort: readonly string[]): boolean {
  const isWithin = Object.entries(where).every(([field, condition]) => implies(filter[field], condition));
  const fields = Object.keys(keys);
  const isBounded = has(filter[fields[0]!], BOUNDS);
  if (!isWithin || !(isBounded || (sort.length > 0 && sort[0] === fields[0]))) return false;
  // Each value of a field that is exact has an order of its own, and MongoDB merges some.
  let place = 0;
  for (const field of fields) {
    if (place === sort.length) break;
    if (field === sort[place]) place += 1;
    else if (!has(filter[field], EXACT)) return false;
  }
  return place === sort.length;
}

function implies(condition: unknown, where: unknown): boolean {
  if (typeof where !== 'object' || where === null) return condition === where;
  return condition !== undefined && condition !== null && (condition as Document)['$exists'] !== false;
}

function has(condition: unknown, operators: readonly string[]): boolean {
  if (condition === undefined) return false;
  if (typeof condition !== 'object' || condition === null) return true;
  const used = Object.keys(condition).filter((name) => name.startsWith('$'));
  return used.length === 0 || used.some((name) => operators.includes(name));
}
