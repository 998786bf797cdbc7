import { type DiffSummary, HOST_CHANGES, PORT_CHANGES, type ResultStream } from '@cyberstroll/contracts';
import { CHANGES } from '@cyberstroll/words';
import { Option } from 'commander';
import type { ApiHostDifference } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, type Text } from '../../language/say';
import { toPrintableStream } from '../../printable';
import { type Column, createTable } from '../../text/table';
import { printPages } from '../pages';

const changes = defineTexts({ ...CHANGES, equal: ['equal', '相同'] });

const t = defineTexts({
  noun: ['differences', '差异'],
  diff: [
    'compare what two tasks found: hosts and ports that opened, closed or changed',
    '比较两个任务的结果：开放、关闭或有变化的主机和端口',
  ],
  not_scanned: [
    'also what is open in one task and was not scanned by the other',
    '也列出在一个任务中开放而另一个任务未扫描的',
  ],
  format: ['csv and ndjson: as it arrives', 'csv 和 ndjson：边接收边输出'],
  opened_closed: ['what opened, closed or changed?', '哪些开放了、关闭了或有变化？'],
  one_row: ['one row per port that is different', '每个有差异的端口一行'],
  tasks_different: ['the tasks are different', '两个任务的结果不同'],
  hosts_ports: ['hosts: {hosts}; ports: {ports}', '主机：{hosts}；端口：{ports}'],
});

const [LAST_WEEK, TODAY] = ['66a9f0c3a1d4e5f607182930', '66b2f0c3a1d4e5f607182930'];

export interface DiffOptions {
  notScanned?: boolean;
  format: 'table' | ResultStream;
}

export const addDiffOptions = (command: CliCommand): CliCommand =>
  command
    .option('--not-scanned', t('not_scanned'))
    .addOption(new Option('--format <format>', t('format')).choices(['table', 'csv', 'ndjson']).default('table'));

export function addDiffTasks(task: CliCommand): void {
  task
    .add('diff <old_task_id> <new_task_id>', t('diff'))
    .with(addDiffOptions)
    .examples(
      [`task diff ${LAST_WEEK} ${TODAY}`, t('opened_closed')],
      [`task diff ${LAST_WEEK} ${TODAY} --format csv > diff.csv`, t('one_row')],
    )
    .run((context, options, before: string, after: string) =>
      printDiff(context, options as DiffOptions, before, after),
    );
}

/** Prints what is different between two tasks. Throws a CliError `different` if something is. */
export async function printDiff(
  { output, api: { GET, call, stream } }: CommandContext,
  { notScanned, format }: DiffOptions,
  before: string,
  after: string,
): Promise<void> {
  const path = { task_id: before, other_id: after };
  const only = notScanned ? ({ not_scanned: 'true' } as const) : {};
  if (format !== 'table') {
    if (output.json) throw new CliError('usage', say('json_or_format', { format }));
    let lines = 0;
    const texts = stream(
      (init) => GET('/api/tasks/{task_id}/diff/{other_id}', { ...init, params: { path, query: only } }),
      format,
    );
    for await (const text of texts) {
      lines += text.split('\n').length - 1;
      await output.write(toPrintableStream(format, text));
    }
    // The header of the CSV, or the summary.
    if (lines > 1) throw new CliError('different', t('tasks_different'));
    return;
  }
  const summary = createSum();
  const table = createTable(COLUMNS);
  await printPages(
    output,
    { limit: Number.POSITIVE_INFINITY },
    {
      async fetch(page) {
        const query = { ...page, ...only, limit: 1_000 };
        const sent = GET('/api/tasks/{task_id}/diff/{other_id}', { params: { path, query } });
        const found = await call(sent, 'summary');
        summary.add(found.summary);
        return found;
      },
      table: { toText: (items) => table.toText(items.flatMap(toRows)) },
      noun: t('noun'),
      toRest: () => ({ summary: summary.total }),
    },
  );
  const text = toSummaryText(summary.total);
  const { appeared, gone, changed } = summary.total.hosts;
  if (appeared + gone + changed > 0) throw new CliError('different', text);
  output.message(text);
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
    .map(([name, count]) => `${count} ${changes(name as keyof typeof changes.texts)}`)
    .join(', ');

const toSummaryText = ({ hosts, ports }: DiffSummary): Text =>
  t('hosts_ports', { hosts: toCounts(hosts), ports: toCounts(ports) });

type Row = ApiHostDifference['ports'][number] & Pick<ApiHostDifference, 'ip'> & { host: string };

const toRows = ({ ip, change: host, ports }: ApiHostDifference): Row[] => ports.map((port) => ({ ip, host, ...port }));

const COLUMNS: readonly Column<Row>[] = [
  { title: 'IP', value: ({ ip }) => ip },
  { title: 'HOST', value: ({ host }) => host, isState: true },
  { title: 'PORT', value: ({ port }) => port, align: 'right' },
  { title: 'CHANGE', value: ({ change }) => change, isState: true },
  { title: 'BEFORE', value: ({ before }) => before, max: 50 },
  { title: 'AFTER', value: ({ after }) => after, max: 50 },
];
