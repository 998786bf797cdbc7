import { SEVERITIES } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiFinding } from '../../api-types';
import { pastTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { addListOptions, printList } from '../pages';

const t = defineTexts({
  noun: ['findings', '发现'],
  findings: [
    'list what scans found beside open ports, across all tasks, newest first',
    '列出所有任务的扫描除开放端口外的发现，最新的在前',
  ],
  severity: ['only findings of this severity; may be repeated', '只列出此严重程度的发现；可重复'],
  kind: ['only this kind, such as cve', '只列出此类，如 cve'],
  id: ['only this finding, on any address', '只列出此发现，任意地址'],
  target: [
    'only this address, or addresses in this network, such as 10.0.0.0/24',
    '只列出此地址，或此网段中的地址，如 10.0.0.0/24',
  ],
  task: ['only findings of this task', '只列出此任务的发现'],
  after: [
    'only scans that completed at this time or later, such as -2h, 22:00 or 2026-01-31',
    '只列出在此时间或之后完成的扫描，如 -2h、22:00 或 2026-01-31',
  ],
  before: ['only scans that completed before this time', '只列出在此时间之前完成的扫描'],
  format: ['csv and ndjson: everything that matches, as it arrives', 'csv 和 ndjson：边接收边输出所有匹配的发现'],
  urgent: ['what is urgent in a network', '一个网段中紧急的发现'],
  all_one: [
    'all of one task, with their data, one JSON object per line',
    '一个任务的全部发现及其数据，每行一个 JSON 对象',
  ],
});

export function addCommands(program: CliCommand): void {
  program
    .add('findings', t('findings'))
    .with(addListOptions)
    .addOption(new Option('--severity <severity...>', t('severity')).choices(SEVERITIES.toReversed()))
    .option('--kind <kind>', t('kind'))
    .option('--id <finding_id>', t('id'))
    .option('--target <target>', t('target'))
    .option('--task <task_id>', t('task'))
    .option('--after <time>', t('after'), pastTime)
    .option('--before <time>', t('before'), pastTime)
    .addOption(new Option('--format <format>', t('format')).choices(['table', 'csv', 'ndjson']).default('table'))
    .examples(
      ['findings --severity critical high --target 10.0.0.0/24', t('urgent')],
      ['findings --task 66b2f0c3a1d4e5f607182930 --format ndjson', t('all_one')],
    )
    .run(async ({ output, api: { GET, call, stream } }, given) => {
      const { severity, kind, id, target, task, after, before, format, ...options } = given;
      const only = { severity, kind, finding_id: id, target, task_id: task, after, before };
      await printList(output, options, {
        format,
        stream: (form) => stream((init) => GET('/api/findings', { ...init, params: { query: only } }), form),
        fetch: (page) => call(GET('/api/findings', { params: { query: { ...page, ...only } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      });
    });
}

const COLUMNS: readonly Column<ApiFinding>[] = [
  { title: 'SEVERITY', value: ({ severity }) => severity },
  { title: 'IP', value: ({ ip }) => ip },
  { title: 'PORT', value: ({ port, protocol }) => (protocol ? `${port}/${protocol}` : port) },
  { title: 'KIND', value: ({ kind }) => kind, max: 20 },
  { title: 'FINDING', value: ({ finding_id }) => finding_id, max: 40 },
  { title: 'TITLE', value: ({ title }) => title, max: 60 },
  { title: 'COMPLETED', value: ({ completed_time }, toTimeText) => toTimeText(completed_time) },
];
