import { DIFF_COLUMNS, type DiffSummary, type HostDifference, type Task, type TaskDiff } from '@cyberstroll/contracts';
import { AppError, toAppError } from '@cyberstroll/runtime';
import { type ComparedHost, compareTasks } from '../../adapters/compare-tasks';
import { addToSummary, emptySummary, toHostDifference } from '../../core/results/compare-hosts';
import { toCsvRow } from '../../core/results/csv';
import { toNdjsonLine } from '../../core/results/result-lines';
import type { Handlers } from '../add-operations';
import type { TakeExportPlace } from '../answers/export-places';
import { chooseFormat, toGoneSignal, toStream } from '../answers/stream-format';
import type { AppDeps } from '../app-deps';

const PAGE_LIMIT = 100;
/** Hosts that one page looks at. One that ends here is short and has a next one. */
const MAX_LOOK = 5_000;

interface Selection {
  withNotScanned: boolean;
  /** Differences at most. */
  limit: number;
}

/** What became of hosts and ports from one task to another: in pages, or as a stream of every difference. */
export function createDiffHandlers(
  { store }: Pick<AppDeps<'results' | 'subTasks' | 'tasks' | 'exclusions'>, 'store'>,
  takePlace: TakeExportPlace,
): Handlers {
  async function getTask(taskId: string, field: 'task_id' | 'other_id'): Promise<Task> {
    return store.tasks.getTask(taskId).catch((error: unknown) => {
      if (toAppError(error).code !== 'task_not_found') throw error;
      throw new AppError('task_not_found', { detail: taskId, field });
    });
  }

  return {
    async diffTasks({ params, query, caller, request, response }) {
      const [before, after] = await Promise.all([
        getTask(params.task_id, 'task_id'),
        getTask(params.other_id, 'other_id'),
      ]);
      const format = chooseFormat(query.format, request, response);
      const options = { after: query.cursor, signal: toGoneSignal(response) };
      const hosts = compareTasks(store, { before, after }, options);
      const withNotScanned = query.not_scanned ?? false;
      if (format === 'json') return { body: await toPage(hosts, { withNotScanned, limit: query.limit ?? PAGE_LIMIT }) };
      takePlace(caller, response);
      const selection = { withNotScanned, limit: query.limit ?? Number.POSITIVE_INFINITY };
      const summary = emptySummary();
      const differences = toDifferences(hosts, selection, summary);
      return toStream(format, format === 'csv' ? toCsv(differences) : toNdjson(differences, summary));
    },
  };
}

/** Counts into `summary` what it has looked at. */
async function* toDifferences(
  hosts: AsyncIterable<ComparedHost>,
  { withNotScanned, limit }: Selection,
  summary: DiffSummary,
): AsyncGenerator<HostDifference> {
  let left = limit;
  for await (const { ip, compared } of hosts) {
    addToSummary(summary, compared);
    const difference = toHostDifference(ip, compared, { withNotScanned });
    if (!difference) continue;
    yield difference;
    left -= 1;
    if (left === 0) return;
  }
}

async function toPage(hosts: AsyncIterable<ComparedHost>, { withNotScanned, limit }: Selection): Promise<TaskDiff> {
  const summary = emptySummary();
  const items: HostDifference[] = [];
  let looked = 0;
  let last: string | undefined;
  for await (const { ip, key, compared } of hosts) {
    // There is more.
    if (looked === MAX_LOOK || items.length === limit) return { items, summary, next_cursor: last! };
    looked += 1;
    last = key;
    addToSummary(summary, compared);
    const difference = toHostDifference(ip, compared, { withNotScanned });
    if (difference) items.push(difference);
  }
  return { items, summary };
}

async function* toCsv(differences: AsyncIterable<HostDifference>): AsyncGenerator<string> {
  yield toCsvRow(DIFF_COLUMNS);
  for await (const { ip, change: host, ports } of differences) {
    for (const { port, protocol, change, before = '', after = '' } of ports) {
      yield toCsvRow([ip, host, port, protocol, change, before, after]);
    }
  }
}

async function* toNdjson(differences: AsyncIterable<HostDifference>, summary: DiffSummary): AsyncGenerator<string> {
  for await (const difference of differences) yield toNdjsonLine(difference);
  yield toNdjsonLine({ summary });
}
