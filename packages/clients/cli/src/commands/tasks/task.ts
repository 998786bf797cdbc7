import { retryStatusSchema } from '@cyberstroll/contracts';
import type { Command } from 'commander';
import { type ApiTask, TASK_COMMANDS, type TaskCommand } from '../../api-types';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say, sayCode, verbatim } from '../../language/say';
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

type CreateContext = (command: Command) => CommandContext;

const COMMAND_TEXTS: Record<TaskCommand, string> = {
  pause: 'pause a task: nothing more is sent to nodes; running scans finish',
  resume: 'resume a paused task',
  cancel: 'cancel a task and abort its running scans',
};

export function addTaskCommands(program: Command, toContext: CreateContext): void {
  const task = program
    .command('task')
    .description('create, watch and control tasks')
    .addHelpText(
      'before',
      toExamples(
        ['task create 10.0.0.0/24 --ports 22,80', 'scan a network'],
        ['task watch 66b2f0c3a1d4e5f607182930', 'follow it to its end'],
      ),
    );
  addCreateTask(task, toContext);
  addCleanUp(task, toContext);
  addTaskList(task, toContext);
  addDiffTasks(task, toContext);
  addTaskChanges(task, toContext);
  addTaskBulk(task, toContext);

  task
    .command('get')
    .description('show a task')
    .addHelpText(
      'before',
      toExamples(['task get 66b2f0c3a1d4e5f607182930', 'one task with its history, and why it waits']),
    )
    .argument('<task_id>')
    .action(async (taskId, _options, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      await printTask(await call(GET('/api/tasks/{task_id}', ofTask(taskId)), 'task_id'), output);
    });

  task
    .command('watch')
    .description('follow a task to its end; Ctrl-C leaves it running')
    .addHelpText(
      'before',
      toExamples(
        ['task watch 66b2f0c3a1d4e5f607182930', 'a progress bar until it ends'],
        ['task watch 66b2f0c3a1d4e5f607182930 --json', 'one JSON object per change'],
      ),
    )
    .argument('<task_id>')
    .action(async (taskId, _options, command) => {
      const context = toContext(command);
      await watchToEnd(context.connect(), taskId, context);
    });

  for (const name of TASK_COMMANDS) {
    task
      .command(name)
      .description(COMMAND_TEXTS[name])
      .addHelpText(
        'before',
        toExamples([`task ${name} 66b2f0c3a1d4e5f607182930 --reason "night shift"`, 'say why in its history']),
      )
      .argument('<task_id>')
      .option('--reason <text>', 'stored in the status history')
      .action(async (taskId, options, command) => {
        const { output, connect } = toContext(command);
        const { POST, call } = connect();
        const body = { reason: options.reason };
        const after = await call(POST(`/api/tasks/{task_id}/${name}`, { ...ofTask(taskId), body }), 'status');
        if (output.json) await output.jsonLine(after);
        else await output.line(`${verbatim(after.task_id)}  ${sayCode(after.status)}`);
        const { task_id: task, status } = after;
        if (after.changed === false) {
          output.message(say('task {task} is {status} already', { task, status: sayCode(status) }));
        }
      });
  }

  task
    .command('retry')
    .description('scan FAILED and TIMEOUT addresses of a task again: all of them, or those that match')
    .addHelpText(
      'before',
      toExamples(
        ['task retry 66b2f0c3a1d4e5f607182930', 'scan again what failed'],
        ['task retry 66b2f0c3a1d4e5f607182930 --target 10.0.7.0/24 --dry-run', 'how many failed in this network'],
      ),
    )
    .argument('<task_id>')
    .option('--target <targets>', 'only these addresses, such as 10.0.7.0/24 or 10.0.7.1-20')
    .addOption(statusOption(retryStatusSchema.options))
    .option('--error-code <code>', 'only those whose last error has this code')
    .option('--dry-run', 'show how many match, and do nothing')
    .option('--reason <text>', 'stored in the status histories')
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
