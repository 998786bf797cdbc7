import { TASK_SORTS } from '@cyberstroll/contracts';
import { type Command, Option } from 'commander';
import type { ApiTask } from '../../api-types';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { createTable } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { toWaitingText } from '../../text/waiting-text';
import { addListOptions, followPages, printPages, toPageOptions } from '../pages';
import { addTaskFilterOptions, toTaskFilter } from './task-filter';

export function addTaskList(task: Command, toContext: (command: Command) => CommandContext): void {
  addListOptions(
    addTaskFilterOptions(
      task
        .command('list')
        .description('list tasks, newest first')
        .addHelpText(
          'before',
          toExamples(
            ['task list --status RUNNING --sort priority', 'what runs, the most important first'],
            ['task list --label nightly --label berlin', 'tasks with both labels'],
            ['task list --target 10.0.0.5', 'which tasks scan this address?'],
            ['task list --json --limit 1', 'the newest task as JSON'],
          ),
        ),
    ),
  )
    .addOption(new Option('--sort <order>', 'order of the list').choices(TASK_SORTS))
    .action(async ({ sort, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const only = { ...toTaskFilter(options), sort };
      const pages = followPages(
        (page) => call(GET('/api/tasks', { params: { query: { ...page, ...only } } }), 'items'),
        toPageOptions(options),
      );
      await printPages(pages, output, { table: createTaskTable(output.toTimeText), noun: 'tasks' });
    });
}

const createTaskTable = (toTimeText: TimeText) =>
  createTable<ApiTask>([
    { title: 'TASK_ID', value: (task) => task.task_id },
    { title: 'STATUS', value: (task) => task.status, isState: true },
    { title: 'WAITS', value: (task) => toWaitingText(task, toTimeText) },
    { title: 'PROGRESS', value: (task) => `${task.progress?.progress_percentage ?? '?'}%`, align: 'right' },
    { title: 'TARGETS', value: (task) => task.progress?.total_targets, align: 'right' },
    { title: 'FAILED', value: (task) => task.progress?.failed_count, align: 'right' },
    { title: 'TIMEOUT', value: (task) => task.progress?.timeout_count, align: 'right' },
    { title: 'CREATED', value: (task) => toTimeText(task.created_time) },
    { title: 'INITIATOR', value: (task) => task.task_initiator, max: 20 },
    { title: 'NAME', value: (task) => task.name, max: 30 },
    { title: 'LABELS', value: (task) => task.labels?.join(', ') || undefined, max: 30 },
    { title: 'TARGET', value: (task) => task.task_target, max: 40 },
  ]);
