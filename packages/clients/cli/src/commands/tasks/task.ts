import { retryStatusSchema } from '@cyberstroll/contracts';
import { type ApiTask, TASK_COMMANDS } from '../../api-types';
import type { CommandContext } from '../../command-context';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, sayCode, verbatim } from '../../language/say';
import { toTaskText } from '../../text/task-text';
import { statusOption } from '../option-values';
import { printRetried } from './print-retried';
import { addTaskBulk } from './task-bulk';
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

type CreateContext = (command: CliCommand) => CommandContext;

export function addTaskCommands(program: CliCommand, toContext: CreateContext): void {
  const task = program
    .command('task')
    .description(t('task'))
    .examples(
      ['task create 10.0.0.0/24 --ports 22,80', t('scan_network')],
      ['task watch 66b2f0c3a1d4e5f607182930', t('follow_end')],
    );
  addCreateTask(task, toContext);
  addCleanUp(task, toContext);
  addTaskList(task, toContext);
  addDiffTasks(task, toContext);
  addTaskChanges(task, toContext);
  addTaskBulk(task, toContext);

  task
    .command('get')
    .description(t('get'))
    .examples(['task get 66b2f0c3a1d4e5f607182930', t('one_task')])
    .argument('<task_id>')
    .action(async (taskId, _options, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      await printTask(await call(GET('/api/tasks/{task_id}', ofTask(taskId)), 'task_id'), output);
    });

  task
    .command('watch')
    .description(t('watch'))
    .examples(
      ['task watch 66b2f0c3a1d4e5f607182930', t('progress_bar')],
      ['task watch 66b2f0c3a1d4e5f607182930 --json', t('one_json')],
    )
    .argument('<task_id>')
    .action(async (taskId, _options, command) => {
      const context = toContext(command);
      await watchToEnd(context.connect(), taskId, context);
    });

  for (const name of TASK_COMMANDS) {
    task
      .command(name)
      .description(t(name))
      .examples([`task ${name} 66b2f0c3a1d4e5f607182930 --reason "night shift"`, say('why_in_history')])
      .argument('<task_id>')
      .option('--reason <text>', t('reason'))
      .action(async (taskId, options, command) => {
        const { output, connect } = toContext(command);
        const { POST, call } = connect();
        const body = { reason: options.reason };
        const after = await call(POST(`/api/tasks/{task_id}/${name}`, { ...ofTask(taskId), body }), 'status');
        if (output.json) await output.jsonLine(after);
        else await output.line(`${verbatim(after.task_id)}  ${sayCode(after.status)}`);
        const { task_id: task, status } = after;
        if (after.changed === false) {
          output.message(t('task_already', { task, status: sayCode(status) }));
        }
      });
  }

  task
    .command('retry')
    .description(t('retry'))
    .examples(
      ['task retry 66b2f0c3a1d4e5f607182930', t('scan_again')],
      ['task retry 66b2f0c3a1d4e5f607182930 --target 10.0.7.0/24 --dry-run', t('how_many')],
    )
    .argument('<task_id>')
    .option('--target <targets>', say('only_addresses'))
    .addOption(statusOption(retryStatusSchema.options))
    .option('--error-code <code>', say('last_error_code'))
    .option('--dry-run', t('dry_run'))
    .option('--reason <text>', t('stored_status'))
    .action(async (taskId, { errorCode, dryRun, status, ...options }, command) => {
      const { output, connect } = toContext(command);
      const { POST, call } = connect();
      const body = { ...options, error_code: errorCode, status: status && [status], dry_run: dryRun };
      const sent = POST('/api/tasks/{task_id}/retry', { ...ofTask(taskId), body });
      await printRetried(await call(sent, 'retried'), taskId, output);
    });
}

const ofTask = (task_id: string) => ({ params: { path: { task_id } } });

async function printTask(task: ApiTask, output: CommandContext['output']): Promise<void> {
  if (output.json) await output.jsonLine(task);
  else await output.line(toTaskText(task, output.toTimeText));
}
