import { type ResultStream, TASK_SORTS } from '@cyberstroll/contracts';
import { Option } from 'commander';
import type { ApiTask } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { toPrintableStream } from '../../printable';
import { type Column, createTable } from '../../text/table';
import { toWaitingText } from '../../text/waiting-text';
import { addListOptions, printPages } from '../pages';
import { addTaskFilterOptions, toTaskFilter } from './task-filter';

const t = defineTexts({
  noun: ['tasks', '任务'],
  list: ['list tasks, newest first', '列出任务，最新的在前'],
  runs_most: ['what runs, the most important first', '正在执行的任务，最重要的在前'],
  tasks_both: ['tasks with both labels', '同时有两个标签的任务'],
  tasks_scan: ['which tasks scan this address?', '哪些任务扫描此地址？'],
  newest_task: ['the newest task as JSON', '最新的任务，JSON 格式'],
  sort: ['order of the list', '列表的顺序'],
  format: ['csv and ndjson: everything that matches, as it arrives', 'csv 和 ndjson：边接收边输出所有匹配的任务'],
  as_csv: ['all that failed, one row per task', '所有失败的任务，每个任务一行'],
});

export function addTaskList(task: CliCommand): void {
  task
    .add('list', t('list'))
    .examples(
      ['task list --status RUNNING --sort priority', t('runs_most')],
      ['task list --label nightly --label berlin', t('tasks_both')],
      ['task list --target 10.0.0.5', t('tasks_scan')],
      ['task list --json --limit 1', t('newest_task')],
      ['task list --status FAILED --format csv > failed.csv', t('as_csv')],
    )
    .with(addTaskFilterOptions)
    .with(addListOptions)
    .addOption(new Option('--sort <order>', t('sort')).choices(TASK_SORTS))
    .addOption(new Option('--format <format>', t('format')).choices(['table', 'csv', 'ndjson']).default('table'))
    .run(async ({ output, api: { GET, call, stream } }, { sort, format, ...options }) => {
      const only = { ...toTaskFilter(options), sort };
      if (format !== 'table') {
        if (output.json) throw new CliError('usage', say('json_or_format', { format }));
        const texts = stream((init) => GET('/api/tasks', { ...init, params: { query: only } }), format);
        for await (const text of texts) await output.write(toPrintableStream(format as ResultStream, text));
        return;
      }
      await printPages(output, options, {
        fetch: (page) => call(GET('/api/tasks', { params: { query: { ...page, ...only } } }), 'items'),
        table: createTable(COLUMNS),
        noun: t('noun'),
      });
    });
}

const COLUMNS: readonly Column<ApiTask>[] = [
  { title: 'TASK_ID', value: (task) => task.task_id },
  { title: 'STATUS', value: (task) => task.status, isState: true },
  { title: 'WAITS', value: toWaitingText },
  { title: 'PROGRESS', value: (task) => `${task.progress?.progress_percentage ?? '?'}%`, align: 'right' },
  { title: 'TARGETS', value: (task) => task.progress?.total_targets, align: 'right' },
  { title: 'FAILED', value: (task) => task.progress?.failed_count, align: 'right' },
  { title: 'TIMEOUT', value: (task) => task.progress?.timeout_count, align: 'right' },
  { title: 'CREATED', value: (task, toTimeText) => toTimeText(task.created_time) },
  { title: 'INITIATOR', value: (task) => task.task_initiator, max: 20 },
  { title: 'NAME', value: (task) => task.name, max: 30 },
  { title: 'LABELS', value: (task) => task.labels?.join(', ') || undefined, max: 30 },
  { title: 'TARGET', value: (task) => task.task_target, max: 40 },
];
