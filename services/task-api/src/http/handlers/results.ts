import {
  type Finding,
  MAX_FACET_RESULTS,
  MAX_PORT_HOSTS,
  type Result,
  type ResultStream,
} from '@cyberstroll/contracts';
import type { ResultQuery } from '@cyberstroll/store';
import { createFacets } from '../../core/results/count-facets';
import { createPortGroups } from '../../core/results/group-ports';
import {
  CSV_HEADER,
  FINDING_CSV_HEADER,
  toCsvRows,
  toFindingCsvRow,
  toNdjsonLine,
} from '../../core/results/result-lines';
import type { Call, Handlers } from '../add-operations';
import { bindCursor } from '../answers/bind-cursor';
import type { TakeExportPlace } from '../answers/export-places';
import { readAll } from '../answers/read-all';
import { chooseFormat, toGoneSignal, toStream } from '../answers/stream-format';
import type { AppDeps } from '../app-deps';

type Query = Omit<ResultQuery, 'by_address'> & {
  limit?: number | undefined;
  format?: 'json' | ResultStream | undefined;
  sort?: 'address' | undefined;
};

const PAGE_LIMIT = 100;
/** Longer than this no more hosts are looked at, in milliseconds. */
const READ_PORTS_FOR_MS = 4_000;

/** Hosts with open ports, of all tasks or of one: in pages, or as a stream of everything that matches. */
export function createResultHandlers(
  { store }: Pick<AppDeps<'results' | 'findings' | 'tasks' | 'search'>, 'store'>,
  takePlace: TakeExportPlace,
): Handlers {
  async function answer(
    { format: asked, cursor, limit, sort, ...wanted }: Query,
    { caller, request, response }: Pick<Call<'listResults'>, 'caller' | 'request' | 'response'>,
  ) {
    const format = chooseFormat(asked, request, response);
    const filter: ResultQuery = { ...wanted, ...(sort && { by_address: true }) };
    const cursors = bindCursor(filter);
    const query = { ...filter, limit, cursor: cursors.read(cursor) };
    if (format === 'json') {
      return { body: cursors.write(await store.results.findPage({ ...query, limit: limit ?? PAGE_LIMIT })) };
    }
    takePlace(caller, response);
    const results = await store.results.stream(query, toGoneSignal(response));
    return toStream(format, format === 'csv' ? toCsv(results, query) : toNdjson(results));
  }

  async function withTaskNames(items: readonly Result[]): Promise<Result[]> {
    const names = await store.search.findNames(items.map(({ task_id }) => task_id));
    return items.map((item) => {
      const task_name = names.get(item.task_id);
      return { ...item, ...(task_name !== undefined && { task_name }) };
    });
  }

  return {
    async listResults({ query, ...call }) {
      const { scope } = call.caller;
      const answered = await answer({ ...query, within: scope?.ranges }, call);
      // What a task is called may name addresses outside the networks of the key.
      if (scope || !('body' in answered)) return answered;
      return { body: { ...answered.body, items: await withTaskNames(answered.body.items) } };
    },

    async countResults({ query: { limit, ...filter }, caller, response }) {
      const facets = createFacets(filter);
      const query = { ...filter, within: caller.scope?.ranges, limit: MAX_FACET_RESULTS };
      const isComplete = await store.results.takeFirst(query, facets.add, toGoneSignal(response));
      return { body: facets.toAnswer(limit, isComplete) };
    },

    async listFindings({ query: { format: asked, cursor, ...wanted }, caller, request, response }) {
      const format = chooseFormat(asked, request, response);
      const { limit, ...filter } = { ...wanted, within: caller.scope?.ranges };
      const cursors = bindCursor(filter);
      const query = { ...filter, limit, cursor: cursors.read(cursor) };
      if (format === 'json') return { body: cursors.write(await store.findings.findPage(query)) };
      takePlace(caller, response);
      const findings = readAll(store.findings.findPage, query, toGoneSignal(response));
      return toStream(format, format === 'csv' ? toFindingsCsv(findings) : toNdjson(findings));
    },

    async getTaskPorts({ params: { task_id }, query: { limit }, response }) {
      await store.tasks.getTaskStatus(task_id);
      const giveUp = Date.now() + READ_PORTS_FOR_MS;
      const groups = createPortGroups();
      let left = MAX_PORT_HOSTS;
      for await (const result of await store.results.stream({ task_id, limit: left + 1 }, toGoneSignal(response))) {
        if (left === 0 || Date.now() > giveUp) return { body: { task_id, ...groups.toAnswer(limit, false) } };
        groups.add(result);
        left -= 1;
      }
      return { body: { task_id, ...groups.toAnswer(limit, true) } };
    },

    async listTaskResults({ params: { task_id }, query, ...call }) {
      await store.tasks.getTaskStatus(task_id);
      return answer({ ...query, task_id }, call);
    },
  };
}

async function* toCsv(results: AsyncIterable<Result>, query: Query): AsyncGenerator<string> {
  yield CSV_HEADER;
  for await (const result of results) yield toCsvRows(result, query);
}

async function* toFindingsCsv(findings: AsyncIterable<Finding>): AsyncGenerator<string> {
  yield FINDING_CSV_HEADER;
  for await (const finding of findings) yield toFindingCsvRow(finding);
}

async function* toNdjson(items: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const item of items) yield toNdjsonLine(item);
}
