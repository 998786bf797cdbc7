import type { Command } from 'commander';
import type { ApiClient } from '../../api-client';
import type { ApiTask, BodyOf } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { confirm } from '../../confirm';
import { toExamples } from '../../help/examples';
import { say } from '../../language/say';
import { toPrintable } from '../../text/printable';
import { integer, repeated } from '../option-values';

type CreateContext = (command: Command) => CommandContext;
const ID = '66b2f0c3a1d4e5f607182930';
/** Reads and writes of a task's labels, if somebody changes the task in between. */
const LABEL_TRIES = 5;

/** Commands that change or delete one task. */
export function addTaskChanges(task: Command, toContext: CreateContext): void {
  withReason(task.command('label').description('add labels to a task and remove others'))
    .addHelpText('before', toExamples([`task label ${ID} --add nightly --remove test`, 'change the labels of a task']))
    .argument('<task_id>')
    .option('--add <label>', 'a label to add; may be repeated', repeated)
    .option('--remove <label>', 'a label to remove; may be repeated', repeated)
    .action(async (taskId: string, { add = [], remove = [], reason }, command) => {
      if (add.length + remove.length === 0) throw new CliError('usage', say('name labels by --add or --remove'));
      const { output, connect } = toContext(command);
      await printChanged(await changeLabels(connect(), taskId, { add, remove, reason }), output);
    });

  withReason(task.command('priority').description('change the share of the nodes that a task gets, also while it runs'))
    .addHelpText('before', toExamples([`task priority ${ID} 8`, 'a larger share from now on']))
    .argument('<task_id>')
    .argument('<priority>', 'from 1 to 10', integer(1, 10))
    .action(async (taskId: string, priority: number, { reason }, command) => {
      const { output, connect } = toContext(command);
      await printChanged(await changeTask(connect(), taskId, { priority, reason }), output);
    });

  withReason(task.command('rename').description('change the name of a task'))
    .addHelpText(
      'before',
      toExamples([`task rename ${ID} nightly`, 'give it a name'], [`task rename ${ID}`, 'remove the name']),
    )
    .argument('<task_id>')
    .argument('[name]', 'in any script; without it the name is removed')
    .action(async (taskId: string, name: string | undefined, { reason }, command) => {
      const { output, connect } = toContext(command);
      await printChanged(await changeTask(connect(), taskId, { name: name ?? null, reason }), output);
    });

  withReason(task.command('delete').description('delete a task that has ended, with its results (admin)'))
    .addHelpText('before', toExamples([`task delete ${ID}`, 'delete it, after a question']))
    .argument('<task_id>')
    .option('--yes', 'do not ask')
    .action(async (taskId: string, { yes, reason }, command) => {
      const context = toContext(command);
      const { output, connect } = context;
      if (!yes) await confirm(say('Delete task {task} with all its results?', { task: taskId }), context);
      const { DELETE, call } = connect();
      const sent = DELETE('/api/tasks/{task_id}', { params: { path: { task_id: taskId }, query: { reason } } });
      const deleted = await call(sent, 'task_id');
      if (output.json) await output.jsonLine(deleted);
      else await output.line(say('{id}  being deleted', { id: deleted.task_id }));
    });
}

const changeTask = (
  { PATCH, call }: ApiClient,
  task_id: string,
  body: BodyOf<'changeTask'>,
  etag?: string,
): Promise<ApiTask> => {
  const header = etag === undefined ? {} : { 'If-Match': etag };
  return call(PATCH('/api/tasks/{task_id}', { body, params: { path: { task_id }, header } }), 'task_id');
};

/** Adds and removes labels; keeps what others change at the same time. */
async function changeLabels(
  client: ApiClient,
  task_id: string,
  { add, remove, reason }: { add: string[]; remove: string[]; reason?: string },
): Promise<ApiTask> {
  const { GET, call } = client;
  for (let left = LABEL_TRIES; ; left--) {
    const read = GET('/api/tasks/{task_id}', { params: { path: { task_id } } });
    const { labels } = await call(read, 'labels');
    const changed = [...new Set([...labels, ...add])].filter((label) => !remove.includes(label));
    const etag = (await read).response.headers.get('etag') ?? undefined;
    try {
      return await changeTask(client, task_id, { labels: changed, reason }, etag);
    } catch (error) {
      if (!(error instanceof CliError && error.httpStatus === 412 && left > 1)) throw error;
    }
  }
}

const withReason = (command: Command): Command => command.option('--reason <text>', 'stored in the audit log');

async function printChanged(task: ApiTask, output: CommandContext['output']): Promise<void> {
  if (output.json) return output.jsonLine(task);
  const { task_id, name, labels, config } = task;
  const parts = [
    say('priority {priority}', { priority: config.priority ?? '' }),
    ...(name === undefined ? [] : [name]),
    labels.join(', '),
  ];
  await output.line(toPrintable([task_id, ...parts].filter(Boolean).join('  ')));
}
