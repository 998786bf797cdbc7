import {
  type Alert,
  type AuditEntry,
  type AuditView,
  MAX_ALERTS_AT_ONCE,
  NODE_SAMPLE_SECONDS,
  networkSchema,
  type Page,
  type ResultStream,
  toHistorySeconds,
  toSaid,
  toSentence,
} from '@cyberstroll/contracts';
import { createSharedCall } from '@cyberstroll/runtime';
import { discardDeadLetters, replayDeadLetters } from '../../adapters/replay-dead-letters';
import { AUDIT_CSV_HEADER, toAuditCsvRow } from '../../core/audit-lines';
import { toNdjsonLine } from '../../core/results/result-lines';
import { toAlertView } from '../../core/views';
import type { Call, Handlers } from '../add-operations';
import type { TakeExportPlace } from '../answers/export-places';
import { readAll } from '../answers/read-all';
import { chooseFormat, toGoneSignal, toStream } from '../answers/stream-format';
import type { AppDeps } from '../app-deps';

/** Time limit of calls that work on many dead letters, in milliseconds. */
const MANY_WITHIN_MS = 25_000;

/** The updaters write them more rarely. */
const NODE_COUNTS_KEPT_MS = 5_000;

/** A dead letter as clients see it. */
const withDetailSentence = <DeadLetter extends { detail: string }>(deadLetter: DeadLetter) => ({
  ...deadLetter,
  ...toSaid(deadLetter.detail, 'dead_letter'),
});

const mapItems = <Item, View>(page: Page<Item>, toView: (item: Item) => View): Page<View> => ({
  ...page,
  items: page.items.map(toView),
});

type Used =
  | 'nodes'
  | 'nodeSamples'
  | 'nodeCounts'
  | 'samples'
  | 'fleetEvents'
  | 'search'
  | 'deadLetters'
  | 'alerts'
  | 'auditLog';

/** What is about no single task: nodes, statistics, dead letters, alerts, the audit log; and what a text may mean. */
export function createFleetHandlers(
  deps: Pick<AppDeps<Used>, 'store' | 'statistics' | 'namedPublisher' | 'logger'>,
  takePlace: TakeExportPlace,
): Handlers {
  const { nodes, nodeSamples, nodeCounts, samples, fleetEvents, search, deadLetters, alerts, auditLog } = deps.store;

  /** One read for all who look at the nodes. */
  const readNodeCounts = createSharedCall(() => nodeCounts.find(new Date()), {
    keepMs: NODE_COUNTS_KEPT_MS,
    waitMs: NODE_COUNTS_KEPT_MS,
  });

  async function toAlertViews(read: readonly Alert[]): Promise<Alert[]> {
    const names = await search.findNames(read.map(({ subject }) => subject));
    return read.map((alert) => toAlertView(alert, names.get(alert.subject)));
  }
  const toOneView = async (alert: Alert) => (await toAlertViews([alert]))[0] as Alert;
  const getAlert = async ({ params }: Pick<Call<'getAlert'>, 'params'>) => ({
    body: await toOneView(await alerts.getAlert(params.alert_id)),
  });
  async function toAuditViews(entries: readonly AuditEntry[]): Promise<AuditView[]> {
    const names = await search.findNames(entries.flatMap(({ task_id = '', subject = '' }) => [task_id, subject]));
    return entries.map((entry) => {
      const [task_name, subject_name] = [names.get(entry.task_id ?? ''), names.get(entry.subject ?? '')];
      return { ...entry, ...(task_name && { task_name }), ...(subject_name && { subject_name }) };
    });
  }
  const toAlertCommand = (command: 'acknowledge' | 'resolve', state: 'acknowledged' | 'resolved') => ({
    run: async ({
      params,
      body: { reason = toSentence(`${command}_by_operator`) },
      caller,
    }: Call<'acknowledgeAlert' | 'resolveAlert'>) => ({
      body: await toOneView(
        await alerts.command(params.alert_id, state, { reason, operator: caller.name }, new Date()),
      ),
    }),
    repeat: getAlert,
  });
  const toAlertsCommand =
    (command: 'acknowledge' | 'resolve', state: 'acknowledged' | 'resolved') =>
    async ({
      body: { rule, up_to, reason = toSentence(`${command}_by_operator`) },
      caller,
    }: Call<'acknowledgeAlerts' | 'resolveAlerts'>) => ({
      body: await alerts.commandAll(
        { rule, up_to },
        state,
        { reason, operator: caller.name },
        new Date(),
        MAX_ALERTS_AT_ONCE,
      ),
    });

  return {
    listNodes: async ({ query }) => ({ body: await nodes.findPage(query) }),
    getNode: async ({ params }) => ({ body: await nodes.getNode(params.node_id) }),
    async removeNode({ params }) {
      const removed = await nodes.remove(params.node_id, new Date());
      return { change: { before: removed.status }, body: removed };
    },
    async getNodeHistory({ params }) {
      const items = await nodeSamples.find(params.node_id, new Date());
      return { body: { interval_seconds: NODE_SAMPLE_SECONDS, items } };
    },

    getNodeCounts: async () => ({ body: await readNodeCounts() }),

    getStatistics: async () => ({ body: await deps.statistics() }),
    async getStatisticsHistory({ query: { minutes } }) {
      const items = await samples.find(minutes, new Date());
      return { body: { interval_seconds: toHistorySeconds(minutes), items } };
    },
    listFleetEvents: async ({ query }) => ({ body: await fleetEvents.find(query, new Date()) }),
    async search({ query: { q: text }, caller }) {
      const target = networkSchema.safeParse(text).success ? text : undefined;
      return { body: await search.search({ text, target, within: caller.scope?.ranges }) };
    },

    // The content of a dead letter is shown as text and never parsed here.
    listDeadLetters: async ({ query }) => ({ body: mapItems(await deadLetters.findPage(query), withDetailSentence) }),
    listDeadLetterGroups: async ({ query }) => ({ body: await deadLetters.groupByReason(query) }),
    getDeadLetter: async ({ params }) => ({
      body: withDetailSentence(await deadLetters.getDeadLetter(params.dead_letter_id)),
    }),
    replayDeadLetters: {
      withinMs: MANY_WITHIN_MS,
      run: async ({ body, caller }) => ({ body: await replayDeadLetters(deps, body, caller.name) }),
    },
    discardDeadLetters: {
      withinMs: MANY_WITHIN_MS,
      run: async ({ body, caller }) => ({ body: await discardDeadLetters(deps, body, caller.name) }),
    },

    async listAlerts({ query }) {
      const page = await alerts.findPage(query);
      return { body: { ...page, items: await toAlertViews(page.items) } };
    },
    getAlert,
    acknowledgeAlert: toAlertCommand('acknowledge', 'acknowledged'),
    resolveAlert: toAlertCommand('resolve', 'resolved'),
    acknowledgeAlerts: toAlertsCommand('acknowledge', 'acknowledged'),
    resolveAlerts: toAlertsCommand('resolve', 'resolved'),

    async listAudit({ query: { format: asked, ...query }, caller, request, response }) {
      const format = chooseFormat(asked, request, response);
      if (format === 'json') {
        const page = await auditLog.findPage(query);
        return { body: { ...page, items: await toAuditViews(page.items) } };
      }
      takePlace(caller, response);
      return toStream(format, toLines(format, readAll(auditLog.findPage, query, toGoneSignal(response))));
    },
  };
}

async function* toLines(format: ResultStream, entries: AsyncIterable<AuditEntry>): AsyncGenerator<string> {
  if (format === 'csv') yield AUDIT_CSV_HEADER;
  for await (const entry of entries) yield format === 'csv' ? toAuditCsvRow(entry) : toNdjsonLine(entry);
}
