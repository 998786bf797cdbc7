import type { ResultFacets } from '@cyberstroll/client';
import { Option } from 'commander';
import type { ApiResult } from '../../api-types';
import { pastTime } from '../../given-time';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable, type TableStyle } from '../../text/table';
import { integer } from '../option-values';
import { addListOptions, printList } from '../pages';

const t = defineTexts({
  noun: ['results', '结果'],
  results: ['find hosts with open ports, across all tasks', '在所有任务中查找有开放端口的主机'],
  port: ['only hosts with this port open', '只列出开放此端口的主机'],
  service: [
    'only hosts with a service whose name contains this text; with --port: on that port',
    '只列出服务名包含此文字的主机；与 --port 同用时限于该端口',
  ],
  target: [
    'only this address, or addresses in this network, such as 10.0.0.0/24',
    '只列出此地址，或此网段中的地址，如 10.0.0.0/24',
  ],
  task: ['only results of this task', '只列出此任务的结果'],
  label: ['only results of tasks with this label, task by task', '只列出有此标签的任务的结果，逐个任务列出'],
  after: [
    'only scans that completed at this time or later, such as -2h, 22:00 or 2026-01-31',
    '只列出在此时间或之后完成的扫描，如 -2h、22:00 或 2026-01-31',
  ],
  before: ['only scans that completed before this time', '只列出在此时间之前完成的扫描'],
  sort: ['in the order of addresses; with --label, within each task', '按地址排序；与 --label 同用时在每个任务内排序'],
  format: ['csv and ndjson: everything that matches, as it arrives', 'csv 和 ndjson：边接收边输出所有匹配的结果'],
  facets: [
    'count by port and by service, --limit of each, instead of listing',
    '不列出结果，而按端口和服务统计，每类最多 --limit 项',
  ],
  what_runs: ['which services a network has, and on how many hosts', '一个网段有哪些服务，各有多少台主机'],
  counted: [
    '{results} {results|result|results}, {hosts} distinct {hosts|address|addresses}',
    '{results} 个结果，{hosts} 个不同地址',
  ],
  not_all: ['not all that match are counted: narrow the filter', '未统计全部匹配的结果：请缩小筛选范围'],
  all_one: ['all of them, one row per open port', '全部结果，每个开放端口一行'],
  web_servers: ['web servers of a network', '一个网段中的 Web 服务器'],
  one_task: ['what one task found, one JSON object per line', '一个任务发现的结果，每行一个 JSON 对象'],
});

export function addCommands(program: CliCommand): void {
  program
    .add('results', t('results'))
    .with(addListOptions)
    .option('--port <port>', t('port'), integer(1, 65_535))
    .option('--service <name>', t('service'))
    .option('--target <target>', t('target'))
    .option('--task <task_id>', t('task'))
    .option('--label <label>', t('label'))
    .option('--after <time>', t('after'), pastTime)
    .option('--before <time>', t('before'), pastTime)
    .addOption(new Option('--sort <order>', t('sort')).choices(['address']))
    .addOption(new Option('--format <format>', t('format')).choices(['table', 'csv', 'ndjson']).default('table'))
    .option('--facets', t('facets'))
    .examples(
      ['results --port 22', say('hosts_with_port')],
      ['results --port 22 --format csv > ssh.csv', t('all_one')],
      ['results --target 10.0.0.0/24 --service http', t('web_servers')],
      ['results --facets --target 10.0.0.0/24', t('what_runs')],
      ['results --task 66b2f0c3a1d4e5f607182930 --format ndjson', t('one_task')],
    )
    .run(async ({ output, api: { GET, call, stream } }, given) => {
      const { port, service, target, task, label, after, before, sort, format, facets, ...options } = given;
      const filter = { port, service, target, task_id: task, label, after, before };
      if (facets) {
        const query = { ...filter, limit: Math.min(options.limit, MOST_FACETS) };
        const counted = await call(GET('/api/results/facets', { params: { query } }), 'results');
        await output.answer(counted, (answer) => toFacetsText(answer, output));
        if (!counted.is_complete && !output.json) output.message(t('not_all'));
        return;
      }
      const only = { ...filter, sort };
      await printList(output, options, {
        format,
        stream: (form) => stream((init) => GET('/api/results', { ...init, params: { query: only } }), form),
        fetch: (page) => call(GET('/api/results', { params: { query: { ...page, ...only } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      });
    });
}

const MOST_FACETS = 1_000;

function toFacetsText({ results, hosts, ports, services }: ResultFacets, style: TableStyle): string {
  const tables = [createTable(PORT_COLUMNS).toText(ports, style), createTable(SERVICE_COLUMNS).toText(services, style)];
  return [t('counted', { results, hosts }), ...tables].join('\n\n');
}

const PORT_COLUMNS: readonly Column<ResultFacets['ports'][number]>[] = [
  { title: 'RESULTS', value: ({ results }) => results, align: 'right' },
  { title: 'PORT', value: ({ port }) => port },
];
const SERVICE_COLUMNS: readonly Column<ResultFacets['services'][number]>[] = [
  { title: 'RESULTS', value: ({ results }) => results, align: 'right' },
  { title: 'SERVICE', value: ({ service }) => service, max: 60 },
];

const COLUMNS: readonly Column<ApiResult>[] = [
  { title: 'IP', value: ({ ip }) => ip },
  { title: 'PORTS', value: ({ open_ports }) => open_ports.join(', '), max: 40 },
  { title: 'SERVICES', value: ({ services }) => services.join('; '), max: 80 },
  { title: 'COMPLETED', value: ({ completed_time }, toTimeText) => toTimeText(completed_time) },
  { title: 'NODE', value: ({ assigned_node }) => assigned_node, max: 30 },
  { title: 'SUBTASK_ID', value: ({ subtask_id }) => subtask_id },
];
