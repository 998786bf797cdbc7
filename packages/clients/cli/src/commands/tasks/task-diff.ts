import { type DiffSummary, HOST_CHANGES, PORT_CHANGES, type ResultStream } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { ApiHostDifference } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say, sayText, type Text } from '../../language/say';
import { toPrintableStream } from '../../text/printable';
import { createTable } from '../../text/table';
import { followPages, printPages } from '../pages';

const [LAST_WEEK, TODAY] = ['66a9f0c3a1d4e5f607182930', '66b2f0c3a1d4e5f607182930'];

export function addDiffTasks(task: Command, toContext: (command: Command) => CommandContext): void {
  task
    .command('diff')
    .description('compare what two tasks found: hosts and ports that opened, closed or changed')
    .argument('<old_task_id>')
    .argument('<new_task_id>')
    .option('--not-scanned', 'also what is open in one task and was not scanned by the other')
    .addOption(
      new Option('--format <format>', 'csv and ndjson: as it arrives')
        .choices(['table', 'csv', 'ndjson'])
        .default('table'),
    )
    .addHelpText(
      'before',
      toExamples(
        [`task diff ${LAST_WEEK} ${TODAY}`, 'what opened, closed or changed?'],
        [`task diff ${LAST_WEEK} ${TODAY} --format csv > diff.csv`, 'one row per port that is different'],
      ),
    )
    .action(async (before: string, after: string, { notScanned, format }, command: Command) => {
      const { output, connect } = toContext(command);
      const { GET, call, stream } = connect();
      const path = { task_id: before, other_id: after };
      const only = notScanned ? ({ not_scanned: 'true' } as const) : {};
      if (format !== 'table') {
        if (output.json) throw new CliError('usage', say('choose --json or --format {format}', { format }));
        let lines = 0;
        const texts = stream(
          (init) => GET('/api/tasks/{task_id}/diff/{other_id}', { ...init, params: { path, query: only } }),
          format,
        );
        for await (const text of texts) {
          lines += text.split('\n').length - 1;
          await output.write(toPrintableStream(format as ResultStream, text));
        }
        // The header of the CSV, or the summary.
        if (lines > 1) throw new CliError('different', say('the tasks are different'));
        return;
      }
      const summary = createSum();
      const pages = followPages(
        async (page) => {
          const query = { ...page, ...only, limit: 1_000 };
          const sent = GET('/api/tasks/{task_id}/diff/{other_id}', { params: { path, query } });
          const found = await call(sent, 'summary');
          summary.add(found.summary);
          return found;
        },
        { limit: Number.POSITIVE_INFINITY },
      );
      const table = createPortTable();
      await printPages(pages, output, {
        table: { toText: (items) => table.toText(items.flatMap(toRows)) },
        noun: 'differences',
        toRest: () => ({ summary: summary.total }),
      });
      const text = toSummaryText(summary.total);
      const { appeared, gone, changed } = summary.total.hosts;
      if (appeared + gone + changed > 0) throw new CliError('different', text);
      output.message(text);
    });
}

/** The sum of the summaries of pages. */
function createSum() {
  const total: DiffSummary = {
    hosts: { appeared: 0, gone: 0, changed: 0, not_scanned: 0, equal: 0 },
    ports: { opened: 0, closed: 0, service_changed: 0, banner_changed: 0, not_scanned: 0 },
  };
  return {
    total,
    add({ hosts, ports }: DiffSummary) {
      for (const name of [...HOST_CHANGES, 'equal'] as const) total.hosts[name] += hosts[name];
      for (const name of PORT_CHANGES) total.ports[name] += ports[name];
    },
  };
}

const toCounts = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${sayText(name.replaceAll('_', ' '))}`)
    .join(', ');

const toSummaryText = ({ hosts, ports }: DiffSummary): Text =>
  say('hosts: {hosts}; ports: {ports}', { hosts: toCounts(hosts), ports: toCounts(ports) });

type Row = ApiHostDifference['ports'][number] & Pick<ApiHostDifference, 'ip'> & { host: string };

const toRows = ({ ip, change: host, ports }: ApiHostDifference): Row[] => ports.map((port) => ({ ip, host, ...port }));

const createPortTable = () =>
  createTable<Row>([
    { title: 'IP', value: ({ ip }) => ip },
    { title: 'HOST', value: ({ host }) => host, isState: true },
    { title: 'PORT', value: ({ port }) => port, align: 'right' },
    { title: 'CHANGE', value: ({ change }) => change, isState: true },
    { title: 'BEFORE', value: ({ before }) => before, max: 50 },
    { title: 'AFTER', value: ({ after }) => after, max: 50 },
  ]);
