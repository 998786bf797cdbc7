import type { Caller } from '@cyberstroll/access';
import { type ExclusionEntry, type ExclusionListView, toSentence } from '@cyberstroll/contracts';
import { publishEvent } from '@cyberstroll/messaging';
import { AppError, inTurns } from '@cyberstroll/runtime';
import { parseTargets } from '@cyberstroll/targets';
import { compareEntries, parseExclusionEntries, toExclusionTextLine } from '@cyberstroll/task-state';
import { toRuleMaker } from '../../adapters/covered-networks';
import { findLostAddresses } from '../../adapters/find-lost-addresses';
import { toCsvRow } from '../../core/results/csv';
import type { Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';
import { toInvalidBody } from '../read-request';

/** Exclusion lists: to all other services, each is an exclusion. */
export function createExclusionListHandlers({
  store: { exclusions, tasks },
  publisher,
}: Pick<AppDeps<'exclusions' | 'tasks'>, 'store' | 'publisher'>): Handlers {
  return {
    listExclusionLists: async ({ query, caller }) => ({
      body: await exclusions.findLists({ ...query, within: caller.scope?.ranges }, new Date()),
    }),

    async getExclusionList({ params, caller }) {
      const { entries: _, ...body } = await exclusions.getList(params.exclusion_id, new Date(), caller.scope?.ranges);
      return { body };
    },

    async createExclusionList({ body: { entries: text, dry_run, ...given }, caller, slot }) {
      const now = new Date();
      const entries = await readEntries(text, caller);
      if (dry_run) {
        const lost = await findLostAddresses({ exclusions, tasks }, { exclusion_id: '', entries }, now);
        return { status: 200, body: { ...compareEntries([], entries), ...lost } };
      }
      const list = { ...given, entries };
      const body = await exclusions.createList(list, caller.name, now, slot?.id, toRuleMaker(caller));
      const { exclusion_id, name, reason } = body;
      publishEvent(publisher, 'exclusion', 'created', { reason, operator: caller.name }, now);
      const change = { subject: exclusion_id, after: `${name}: ${entries.length} entries` };
      return { status: 201, location: `/api/exclusion-lists/${exclusion_id}`, change, body };
    },

    async replaceExclusionList({ params: { exclusion_id }, body: { entries: text, dry_run, ...given }, caller }) {
      const now = new Date();
      const within = caller.scope?.ranges;
      const entries = await readEntries(text, caller);
      if (dry_run) {
        const before = await exclusions.getList(exclusion_id, now, within);
        const lost = await findLostAddresses({ exclusions, tasks }, { exclusion_id, entries }, now);
        return { body: { ...compareEntries(before.entries, entries), ...lost } };
      }
      const { name, owner, reason } = given;
      const list = { ...(name && { name }), ...(owner && { owner }), ...(reason && { reason }), entries };
      const options = { operator: caller.name, within, maker: toRuleMaker(caller) };
      const body = await exclusions.replaceList(exclusion_id, list, options, now);
      publishEvent(publisher, 'exclusion', 'changed', { reason: body.list.reason, operator: caller.name }, now);
      const after = `${body.list.name}: ${body.added} added, ${body.gone} gone`;
      return { change: { subject: exclusion_id, after }, body };
    },

    async deleteExclusionList({ params: { exclusion_id }, query: { reason }, caller }) {
      const now = new Date();
      const change = { operator: caller.name, reason, within: caller.scope?.ranges };
      const outcome = await exclusions.liftList(exclusion_id, change, now);
      if (outcome !== 'ended') publishEvent(publisher, 'exclusion', 'lifted', { reason, operator: caller.name }, now);
      // One that could not be read is gone.
      if (outcome === 'deleted') return { body: { exclusion_id, state: 'ended' } as ExclusionListView };
      const { entries: _, ...body } = await exclusions.getList(exclusion_id, now, caller.scope?.ranges);
      return { body, ...(outcome === 'lifted' && { change: { before: `${body.name}: ${body.entry_count} entries` } }) };
    },

    async listExclusionEntries({ params, query: { format: asked, limit, cursor = '0' }, caller, request, response }) {
      response.vary('Accept');
      const type = request.accepts(['application/json', 'text/csv', 'text/plain']);
      const format = asked ?? (type === 'text/csv' ? 'csv' : type === 'text/plain' ? 'text' : 'json');
      const list = await exclusions.getList(params.exclusion_id, new Date(), caller.scope?.ranges);
      if (format === 'csv') return { type: 'text/csv', chunks: toCsv(list.entries) };
      if (format === 'text') return { type: 'text/plain', chunks: toText(list.entries) };
      const from = Number(cursor);
      const next = from + limit;
      const items = list.entries.slice(from, next);
      return { body: { items, ...(next < list.entries.length && { next_cursor: String(next) }) } };
    },
  };
}

/** Throws AppError `invalid_body` with what is wrong by line, or `out_of_scope`. */
async function readEntries(text: string, { scope }: Pick<Caller, 'scope'>): Promise<ExclusionEntry[]> {
  const { entries, faults } = await inTurns(parseExclusionEntries(text));
  if (faults.length > 0) {
    const messages = faults.map(({ line, fault }) => toSentence('at_line', { line, fault }));
    throw toInvalidBody('entries', ...messages);
  }
  const outside = scope?.findOutside(parseTargets(entries.map(({ target }) => target).join()));
  if (outside === undefined) return entries;
  const detail = `entries: "${outside}" is outside the networks of your API key (${scope!.toText()})`;
  throw new AppError('out_of_scope', { detail, field: 'entries', entry: outside });
}

async function* toCsv(entries: readonly ExclusionEntry[]): AsyncGenerator<string> {
  yield toCsvRow(['target', 'ports', 'note']);
  yield entries.map(({ target, ports = '', note = '' }) => toCsvRow([target, ports, note])).join('');
}

async function* toText(entries: readonly ExclusionEntry[]): AsyncGenerator<string> {
  yield entries.map(toExclusionTextLine).join('');
}
