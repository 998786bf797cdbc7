import type { NodeCounts, NodeCountsAnswer } from '@cyberstroll/client';
import { NODE_STATUSES } from '@cyberstroll/contracts';
import type { ApiNode } from '../../api-types';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable, toFieldLines, toFields } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { statusOption } from '../option-values';
import { addListOptions, printPages } from '../pages';

const t = defineTexts({
  noun: ['nodes', '节点'],
  node: ['inspect the scanner nodes, and remove one', '查看扫描节点，或移除一个节点'],
  all_nodes: ['all nodes, and how busy they are', '所有节点及其忙碌程度'],
  list: ['list the scanner nodes by name', '按名称列出扫描节点'],
  nodes_offline: ['the nodes that are offline', '离线的节点'],
  nodes_pool: ['the nodes of a pool', '一个节点池中的节点'],
  pool: ['only nodes of this pool', '只列出此节点池的节点'],
  get: ['show a scanner node and the subtasks it runs', '查看扫描节点及其正在执行的子任务'],
  node_scans: ['a node and what it scans now', '一个节点及其正在扫描的地址'],
  held: [
    'what it held: cyberstroll subtask list <task_id> --last-node {node}',
    '它曾持有的：cyberstroll subtask list <task_id> --last-node {node}',
  ],
  counts: ['what each node scanned and failed in the last hour', '每个节点最近一小时的扫描数和失败数'],
  nodes_fail: ['which nodes fail more than others', '哪些节点的失败多于其他节点'],
  at_least: ['there are more nodes than are listed here', '还有未列出的节点'],
  remove: [
    'remove a node that will not return, and end its alert (operator)',
    '移除不再回来的节点，并结束它的告警（operator 角色）',
  ],
  node_removed: ['node {node} removed', '节点 {node} 已移除'],
});

export function addCommands(program: CliCommand): void {
  const nodes = program.add('node', t('node')).examples(['node list', t('all_nodes')]);

  nodes
    .add('list', t('list'))
    .examples(['node list --status offline', t('nodes_offline')], ['node list --pool edge', t('nodes_pool')])
    .with(addListOptions)
    .addOption(statusOption(NODE_STATUSES, (text) => text.toLowerCase()))
    .option('--pool <name>', t('pool'))
    .run(({ output, api: { GET, call } }, { pool, status, ...options }) =>
      printPages(output, options, {
        fetch: (page) => call(GET('/api/nodes', { params: { query: { ...page, pool, status } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      }),
    );

  nodes
    .add('get <node_id>', t('get'))
    .examples(['node get scanner-1', t('node_scans')])
    .run(async ({ output, api: { GET, call } }, _options, node_id: string) => {
      const node = await call(GET('/api/nodes/{node_id}', { params: { path: { node_id } } }), 'node_id');
      await output.answer(node, (shown) => toNodeText(shown, output.toTimeText));
      if (node.status === 'offline') output.message(t('held', { node: node_id }));
    });

  nodes
    .add('counts', t('counts'))
    .examples(['node counts', t('nodes_fail')])
    .run(async ({ output, api: { GET, call } }) => {
      const counts = await call(GET('/api/statistics/nodes'), 'items');
      if (output.json) return output.jsonLine(counts);
      if (counts.items.length === 0) return output.message(say('no', { noun: t('noun') }));
      await output.line(createTable(toCountColumns(counts)).toText(counts.items, output));
      if (counts.more) output.message(t('at_least'));
    });

  nodes
    .add('remove <node_id>', t('remove'))
    .examples(['node remove scanner-1 --reason "machine is gone"', say('why_in_audit_log')])
    .option('--reason <reason>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, node_id: string) => {
      const sent = DELETE('/api/nodes/{node_id}', { params: { path: { node_id }, query: { reason } } });
      await output.answer(await call(sent, 'node_id'), (removed) => t('node_removed', { node: removed.node_id }));
    });
}

function toNodeText(node: ApiNode, toTimeText: TimeText): string {
  const { current_tasks: tasks = [], system_info: system } = node;
  const fields = toFieldLines([
    ['node_id', node.node_id],
    ['status', node.status],
    ['running', node.current_task_count],
    ['capacity', node.capacity],
    ['pools', node.pools?.join(', ')],
    ['methods', node.methods?.join(', ') ?? 'any'],
    ['cpu', toPercent(system?.cpu_usage)],
    ['memory', toPercent(system?.memory_usage)],
    ['last_seen', toTimeText(node.last_seen)],
    ['first_seen', toTimeText(node.first_seen)],
    ['clock_offset', node.clock_offset === undefined ? undefined : toSecondsText(node.clock_offset)],
    ...toFields(node, 'version', 'instance_id'),
  ]);
  return tasks.length > 0 ? `${fields}\n\n${createTable(RUNNING_COLUMNS).toText(tasks)}` : fields;
}

/** To a tenth; never `-0.0`. */
const toSecondsText = (seconds: number): string => `${(Math.round(seconds * 10) / 10 + 0).toFixed(1)} s`;

const toPercent = (value: number | undefined) => (value === undefined ? undefined : `${Math.round(value)}%`);

const RUNNING_COLUMNS: readonly Column<NonNullable<ApiNode['current_tasks']>[number]>[] = [
  { title: 'SUBTASK_ID', value: (task) => task.subtask_id },
  { title: 'STATUS', value: (task) => task.status, isState: true },
  { title: 'PROGRESS', value: (task) => toPercent(task.progress), align: 'right' },
];

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

/** `PER SECOND`: in the time that the intervals cover. */
function toCountColumns({ since, timestamp }: NodeCountsAnswer): readonly Column<NodeCounts>[] {
  const seconds = (Date.parse(timestamp) - Date.parse(since)) / 1_000;
  return [
    { title: 'NODE_ID', value: ({ node_id }) => node_id, max: 40 },
    { title: 'SCANNED', value: ({ completed }) => sum(completed), align: 'right' },
    { title: 'PER SECOND', value: ({ completed }) => (sum(completed) / seconds).toFixed(1), align: 'right' },
    { title: 'FAILED', value: ({ failed }) => sum(failed), align: 'right' },
  ];
}

const COLUMNS: readonly Column<ApiNode>[] = [
  { title: 'NODE_ID', value: (node) => node.node_id, max: 40 },
  { title: 'STATUS', value: (node) => node.status, isState: true },
  { title: 'RUNNING', value: (node) => node.current_task_count, align: 'right' },
  { title: 'CAPACITY', value: (node) => node.capacity, align: 'right' },
  { title: 'POOLS', value: (node) => node.pools?.join(','), max: 30 },
  { title: 'METHODS', value: (node) => node.methods?.join(',') ?? 'any', max: 20 },
  { title: 'CPU', value: (node) => toPercent(node.system_info?.cpu_usage), align: 'right' },
  { title: 'MEMORY', value: (node) => toPercent(node.system_info?.memory_usage), align: 'right' },
  { title: 'LAST_SEEN', value: (node, toTimeText) => toTimeText(node.last_seen) },
  { title: 'VERSION', value: (node) => node.version, max: 20 },
];
