/**
 * Rules for what a recording may hold. Each gives the commands that break it, in words; none for a recording that is
 * right.
 */
import { groupBy } from '@cyberstroll/contracts';
import type { RecordedCommand } from './record-commands';

const DATA_WRITES = new Set(['insert', 'update', 'delete', 'findAndModify']);
const WRITES = new Set([...DATA_WRITES, 'commitTransaction', 'abortTransaction']);

/** Commands that another member than the primary may answer. */
export function findReadsBesidePrimary(commands: readonly RecordedCommand[]): string[] {
  return commands
    .filter(({ command }) => (command['$readPreference']?.mode ?? 'primary') !== 'primary')
    .map((recorded) => `${describe(recorded)}: ${command(recorded, '$readPreference')}`);
}

/** Transactions that do not read from one snapshot, and writes that count before a majority has them in its journal. */
export function findWeakConcerns(commands: readonly RecordedCommand[]): string[] {
  const weakReads = commands.filter(
    ({ command }) => command['startTransaction'] === true && command['readConcern']?.level !== 'snapshot',
  );
  // In a transaction only its end has a write concern.
  const weakWrites = commands.filter(({ name, transaction, command }) => {
    const isPart = transaction !== undefined && !name.endsWith('Transaction');
    const { w, j } = command['writeConcern'] ?? {};
    return WRITES.has(name) && !isPart && !(w === 'majority' && j === true);
  });
  return [
    ...weakReads.map((recorded) => `${describe(recorded)}: ${command(recorded, 'readConcern')}`),
    ...weakWrites.map((recorded) => `${describe(recorded)}: ${command(recorded, 'writeConcern')}`),
  ];
}

/**
 * Transactions that were committed without having written: MongoDB writes to its oplog for each, and waits for the
 * majority. Each once, as its commands: `find tasks, find subtasks`.
 */
export function findIdleCommits(commands: readonly RecordedCommand[]): string[] {
  const inTransactions = commands.filter(({ transaction }) => transaction !== undefined);
  const idle = [...groupBy(inTransactions, ({ transaction }) => transaction).values()].filter(
    (parts) => parts.at(-1)!.name === 'commitTransaction' && !parts.some(({ name }) => DATA_WRITES.has(name)),
  );
  return [...new Set(idle.map((parts) => parts.slice(0, -1).map(describe).join(', ')))];
}

type Filter = RecordedCommand['filters'][number];

/** The field by which a collection is sharded, and whether by its hash or by ranges. */
export type ShardKey = Readonly<Record<string, 'hashed' | 1>>;

/**
 * Commands on a sharded collection that every shard must answer, since a filter does not say which documents it is for:
 * by the shard key of its collection (`keys`), equal to one value or one of several, or between two values of a key
 * that is no hash. Each once, sorted, as `subtasks find status task_id`: the fields of the filter, then `in a
 * transaction` where it is.
 */
export function findBroadcasts(
  commands: readonly RecordedCommand[],
  keys: Readonly<Record<string, ShardKey>>,
): string[] {
  const broadcast = commands.flatMap(({ name, collection, filters, transaction }) => {
    const [key] = Object.entries(keys[collection] ?? {});
    return key !== undefined
      ? filters
          .map(flattenFilter)
          .filter((filter) => !isTargeted(filter[key[0]], key[1]))
          .map((filter) =>
            [collection, name, ...Object.keys(filter).sort(), ...(transaction ? ['in a transaction'] : [])].join(' '),
          )
      : [];
  });
  return [...new Set(broadcast)].sort();
}

/** The fields of a filter with those of its conjuncts. An `$or` of one is that one. */
export function flattenFilter({ $and = [], $or = [], ...fields }: Filter): Filter {
  const parts: Filter[] = $or.length === 1 ? [...$and, ...$or] : $and;
  return Object.assign($or.length > 1 ? { $or } : {}, ...parts.map(flattenFilter), fields);
}

/** A range of a hashed key is on every shard. */
function isTargeted(condition: unknown, kind: ShardKey[string]): boolean {
  if (condition === undefined || condition === null) return false;
  const operators = Object.keys(condition).filter((name) => name.startsWith('$'));
  const has = (...names: string[]) => operators.some((name) => names.includes(name));
  const isRange = has('$gt', '$gte') && has('$lt', '$lte');
  return operators.length === 0 || has('$eq', '$in') || (kind !== 'hashed' && isRange);
}

const describe = ({ name, collection }: RecordedCommand) => `${name} ${collection}`.trim();
const command = (recorded: RecordedCommand, field: string) => `${field} ${JSON.stringify(recorded.command[field])}`;
