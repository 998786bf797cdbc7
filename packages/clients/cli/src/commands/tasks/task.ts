import { retryStatusSchema } from '@cyberstroll/contracts';
import { TASK_COMMANDS } from '../../api-types';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, sayCode, verbatim } from '../../language/say';
import { toTaskText } from '../../text/task-text';
import { statusOption } from '../option-values';
import { printRetried } from './print-retried';
import { addTaskBulk } from './task-bulk';
import { addTaskChain } from './task-chain';
import { addTaskChanges } from './task-change';
import { addCleanUp } from './task-clean-up';
import { addCreateTask } from './task-create';
import { addDiffTasks } from './task-diff';
import { addTaskList } from './task-list';
import { watchToEnd } from './task-watch';

const t = defineTexts({
  pause: [
    'pause a task: nothing more is sent to nodes; running scans finish',
    '暂停任务：不再向节点下发；正在进行的扫描会做完',
  ],
  resume: ['resume a paused task', '恢复已暂停的任务'],
  cancel: ['cancel a task and abort its running scans', '取消任务，并中止正在进行的扫描'],
  task: ['create, watch and control tasks', '创建、跟踪和控制任务'],
  scan_network: ['scan a network', '扫描一个网段'],
  follow_end: ['follow it to its end', '跟踪直到结束'],
  get: ['show a task', '查看任务'],
  one_task: ['one task with its history, and why it waits', '一个任务及其历史，以及它为何等待'],
  newest: ['the newest task', '最新的任务'],
  by_name: ['the task with this name', '此名称的任务'],
  watch: ['follow a task to its end; Ctrl-C leaves it running', '跟踪任务直到结束；按 Ctrl-C 停止跟踪，任务继续执行'],
  progress_bar: ['a progress bar until it ends', '显示进度条直到结束'],
  one_json: ['one JSON object per change', '每次变化一个 JSON 对象'],
  reason: ['stored in the status history', '写入状态历史的原因'],
  task_already: ['task {task} is {status} already', '任务 {task} 的状态已是 {status}'],
  retry: [
    'scan FAILED and TIMEOUT addresses of a task again: all of them, or those that match',
    '重新扫描任务中 FAILED（失败）和 TIMEOUT（超时）的地址：全部，或符合条件的',
  ],
  scan_again: ['scan again what failed', '重新扫描失败的地址'],
  how_many: ['how many failed in this network', '此网段中有多少地址失败'],
  dry_run: ['show how many match, and do nothing', '显示符合条件的数量，不做任何更改'],
  stored_status: ['stored in the status histories', '写入各状态历史的原因'],
});

export function addCommands(program: CliCommand): void {
  const task = program
    .add('task', t('task'))
    .examples(
      ['task create 10.0.0.0/24 --ports 22,80', t('scan_network')],
      ['task watch 66b2f0c3a1d4e5f607182930', t('follow_end')],
    );
  addCreateTask(task);
  addCleanUp(task);
  addTaskList(task);
  addTaskChain(task);
  addDiffTasks(task);
  addTaskChanges(task);
  addTaskBulk(task);

  task
    .add('get <task_id>', t('get'))
    .examples(
      ['task get 66b2f0c3a1d4e5f607182930', t('one_task')],
      ['task get last', t('newest')],
      ['task get nightly', t('by_name')],
    )
    .run(async ({ output, api: { GET, call } }, _options, taskId: string) => {
      const found = await call(GET('/api/tasks/{task_id}', ofTask(taskId)), 'task_id');
      await output.answer(found, (shown) => toTaskText(shown, output.toTimeText));
    });

  task
    .add('watch <task_id>', t('watch'))
    .examples(
      ['task watch 66b2f0c3a1d4e5f607182930', t('progress_bar')],
      ['task watch 66b2f0c3a1d4e5f607182930 --json', t('one_json')],
    )
    .run((context, _options, taskId: string) => watchToEnd(context.api, taskId, context));

  for (const name of TASK_COMMANDS) {
    task
      .add(`${name} <task_id>`, t(name))
      .examples([`task ${name} 66b2f0c3a1d4e5f607182930 --reason "night shift"`, say('why_in_history')])
      .option('--reason <text>', t('reason'))
      .run(async ({ output, api: { POST, call } }, { reason }, taskId: string) => {
        const sent = POST(`/api/tasks/{task_id}/${name}`, { ...ofTask(taskId), body: { reason } });
        const after = await call(sent, 'status');
        const status = sayCode(after.status);
        await output.answer(after, ({ task_id }) => `${verbatim(task_id)}  ${status}`);
        if (after.changed === false) output.message(t('task_already', { task: after.task_id, status }));
      });
  }

  task
    .add('retry <task_id>', t('retry'))
    .examples(
      ['task retry 66b2f0c3a1d4e5f607182930', t('scan_again')],
      ['task retry 66b2f0c3a1d4e5f607182930 --target 10.0.7.0/24 --dry-run', t('how_many')],
    )
    .option('--target <targets>', say('only_addresses'))
    .addOption(statusOption(retryStatusSchema.options))
    .option('--error-code <code>', say('last_error_code'))
    .option('--dry-run', t('dry_run'))
    .option('--reason <text>', t('stored_status'))
    .run(async ({ output, api: { POST, call } }, { errorCode, dryRun, status, ...options }, taskId: string) => {
      const body = { ...options, error_code: errorCode, status: status && [status], dry_run: dryRun };
      const sent = POST('/api/tasks/{task_id}/retry', { ...ofTask(taskId), body });
      await printRetried(await call(sent, 'retried'), taskId, output);
    });
}

const ofTask = (task_id: string) => ({ params: { path: { task_id } } });
