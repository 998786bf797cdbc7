import { parseSubTaskId, subTaskStatusSchema } from '@cyberstroll/contracts';
import type { Command } from 'commander';
import type { ApiSubTask } from '../../api-types';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { toDetailText, toSubTaskText } from '../../text/subtask-text';
import { createTable } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { toWaitingText } from '../../text/waiting-text';
import { statusOption } from '../option-values';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';
import { printRetried } from './print-retried';

export function addSubTaskCommands(program: Command, toContext: (command: Command) => CommandContext): void {
  const subtask = program
    .command('subtask')
    .description('inspect the addresses of a task, and scan them again')
    .addHelpText('before', toExamples(['subtask list 66b2f0c3a1d4e5f607182930 --open', 'its hosts with an open port']));

  addListOptions(
    subtask
      .command('list')
      .description("list a task's subtasks, one per address")
      .addHelpText(
        'before',
        toExamples(
          ['subtask list 66b2f0c3a1d4e5f607182930 --open', 'its hosts with an open port'],
          ['subtask list 66b2f0c3a1d4e5f607182930 --status FAILED --all', 'all addresses that failed, and why'],
        ),
      ),
  )
    .argument('<task_id>')
    .addOption(statusOption(subTaskStatusSchema.options))
    .option('--open', 'only subtasks with an open port')
    .option('--ip <address>', 'only the subtask of this address')
    .option('--target <targets>', 'only these addresses, such as 10.0.7.0/24 or 10.0.7.1-20')
    .option('--error-code <code>', 'only those whose last error has this code')
    .option('--node <node_id>', 'only those that this node holds now')
    .action(async (taskId, { open, status, ip, target, errorCode, node, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const only = { has_open_ports: open, status, ip, target, error_code: errorCode, node_id: node };
      const path = { task_id: taskId };
      const pages = followPages(
        (page) =>
          call(GET('/api/tasks/{task_id}/subtasks', { params: { path, query: { ...page, ...only } } }), 'items'),
        toPageOptions(options),
      );
      const noun = open ? 'hosts with an open port' : 'subtasks';
      await printPages(pages, output, { table: createSubTaskTable(output.toTimeText), noun });
    });

  subtask
    .command('get')
    .description('show one address with its history')
    .addHelpText('before', toExamples(['subtask get 66b2f0c3a1d4e5f607182930-5', 'one address with its history']))
    .argument('<subtask_id>')
    .action(async (id, _options, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const found = await call(GET('/api/tasks/{task_id}/subtasks/{subtask_id}', ofSubTask(id)), 'subtask_id');
      await (output.json ? output.jsonLine(found) : output.line(toSubTaskText(found, output.toTimeText)));
    });

  subtask
    .command('retry')
    .description('scan a FAILED or TIMEOUT address again')
    .addHelpText('before', toExamples(['subtask retry 66b2f0c3a1d4e5f607182930-5', 'scan the address again']))
    .argument('<subtask_id>')
    .option('--reason <text>', 'stored in its status history')
    .action(async (id, { reason }, command) => {
      const { output, connect } = toContext(command);
      const { POST, call } = connect();
      const sent = POST('/api/tasks/{task_id}/subtasks/{subtask_id}/retry', { ...ofSubTask(id), body: { reason } });
      await printRetried(await call(sent, 'retried'), id, output);
    });
}

const ofSubTask = (subtask_id: string) => ({
  params: { path: { task_id: parseSubTaskId(subtask_id)?.taskId ?? subtask_id, subtask_id } },
});

const createSubTaskTable = (toTimeText: TimeText) =>
  createTable<ApiSubTask>([
    { title: 'SUBTASK_ID', value: (subtask) => subtask.subtask_id },
    { title: 'IP', value: (subtask) => subtask.ip },
    { title: 'STATUS', value: (subtask) => subtask.status, isState: true },
    { title: 'WAITS', value: (subtask) => toWaitingText(subtask, toTimeText) },
    { title: 'NODE', value: (subtask) => subtask.assigned_node, max: 30 },
    { title: 'RETRIES', value: (subtask) => subtask.retry_count, align: 'right' },
    { title: 'OPEN_PORTS', value: (subtask) => subtask.scan_result?.open_ports?.join(','), max: 30 },
    { title: 'DETAIL', value: toDetailText, max: 80 },
  ]);
