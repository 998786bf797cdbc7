import { parseSubTaskId, subTaskStatusSchema } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiSubTask } from '../../api-types';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { toDetailText, toSubTaskText } from '../../text/subtask-text';
import { type Column, createTable } from '../../text/table';
import { toWaitingText } from '../../text/waiting-text';
import { statusOption } from '../option-values';
import { addListOptions, printPages } from '../pages';
import { printRetried } from './print-retried';

const t = defineTexts({
  subtasks: ['subtasks', '子任务'],
  open_hosts: ['hosts with an open port', '有开放端口的主机'],
  subtask: ['inspect the addresses of a task, and scan them again', '查看任务的各个地址，或重新扫描'],
  hosts_open: ['its hosts with an open port', '任务中有开放端口的主机'],
  list: ["list a task's subtasks, one per address", '列出任务的子任务，每个地址一个'],
  all_addresses: ['all addresses that failed, and why', '所有失败的地址及原因'],
  open: ['only subtasks with an open port', '只列出有开放端口的子任务'],
  ip: ['only the subtask of this address', '只列出此地址的子任务'],
  sort: ['order of the list', '列表的顺序'],
  node: ['only those that this node holds now', '只列出此节点当前持有的子任务'],
  last_node: [
    'only those whose attempt before this one the node had: what a lost node held',
    '只列出上一次尝试由此节点执行的子任务：失联节点曾持有的',
  ],
  lost_node: ['what a lost node held', '失联节点曾持有的子任务'],
  get: ['show one address with its history', '查看一个地址及其历史'],
  one_address: ['one address with its history', '一个地址及其历史'],
  retry: ['scan a FAILED or TIMEOUT address again', '重新扫描一个 FAILED（失败）或 TIMEOUT（超时）的地址'],
  scan_address: ['scan the address again', '重新扫描该地址'],
  reason: ['stored in its status history', '写入其状态历史的原因'],
});

export function addCommands(program: CliCommand): void {
  const subtasks = program
    .add('subtask', t('subtask'))
    .examples(['subtask list 66b2f0c3a1d4e5f607182930 --open', t('hosts_open')]);

  subtasks
    .add('list <task_id>', t('list'))
    .examples(
      ['subtask list 66b2f0c3a1d4e5f607182930 --open', t('hosts_open')],
      ['subtask list 66b2f0c3a1d4e5f607182930 --status FAILED --all', t('all_addresses')],
      ['subtask list last --last-node scanner-1', t('lost_node')],
    )
    .with(addListOptions)
    .addOption(statusOption(subTaskStatusSchema.options))
    .option('--open', t('open'))
    .option('--ip <address>', t('ip'))
    .option('--target <targets>', say('only_addresses'))
    .option('--error-code <code>', say('last_error_code'))
    .option('--node <node_id>', t('node'))
    .option('--last-node <node_id>', t('last_node'))
    .addOption(new Option('--sort <order>', t('sort')).choices(['index', 'address']))
    .run(({ output, api: { GET, call } }, given, task_id: string) => {
      const { open, status, ip, target, errorCode, node, lastNode, sort, ...options } = given;
      const only = {
        has_open_ports: open,
        status,
        ip,
        target,
        error_code: errorCode,
        node_id: node,
        last_node: lastNode,
        sort,
      };
      return printPages(output, options, {
        fetch(page) {
          const params = { path: { task_id }, query: { ...page, ...only } };
          return call(GET('/api/tasks/{task_id}/subtasks', { params }), 'items');
        },
        table: createTable(COLUMNS),
        noun: t(open ? 'open_hosts' : 'subtasks'),
      });
    });

  subtasks
    .add('get <subtask_id>', t('get'))
    .examples(['subtask get 66b2f0c3a1d4e5f607182930-5', t('one_address')])
    .run(async ({ output, api: { GET, call } }, _options, id: string) => {
      const found = await call(GET('/api/tasks/{task_id}/subtasks/{subtask_id}', ofSubTask(id)), 'subtask_id');
      await output.answer(found, (shown) => toSubTaskText(shown, output.toTimeText));
    });

  subtasks
    .add('retry <subtask_id>', t('retry'))
    .examples(['subtask retry 66b2f0c3a1d4e5f607182930-5', t('scan_address')])
    .option('--reason <text>', t('reason'))
    .run(async ({ output, api: { POST, call } }, { reason }, id: string) => {
      const sent = POST('/api/tasks/{task_id}/subtasks/{subtask_id}/retry', { ...ofSubTask(id), body: { reason } });
      await printRetried(await call(sent, 'retried'), id, output);
    });
}

const ofSubTask = (subtask_id: string) => ({
  params: { path: { task_id: parseSubTaskId(subtask_id)?.taskId ?? subtask_id, subtask_id } },
});

const COLUMNS: readonly Column<ApiSubTask>[] = [
  { title: 'SUBTASK_ID', value: (subtask) => subtask.subtask_id },
  { title: 'IP', value: (subtask) => subtask.ip },
  { title: 'STATUS', value: (subtask) => subtask.status, isState: true },
  { title: 'WAITS', value: toWaitingText },
  { title: 'NODE', value: (subtask) => subtask.assigned_node, max: 30 },
  { title: 'RETRIES', value: (subtask) => subtask.retry_count, align: 'right' },
  { title: 'OPEN_PORTS', value: (subtask) => subtask.scan_result?.open_ports?.join(','), max: 30 },
  { title: 'DETAIL', value: toDetailText, max: 80 },
];
