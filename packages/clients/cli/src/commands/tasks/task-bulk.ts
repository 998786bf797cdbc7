import { setTimeout as delay } from 'node:timers/promises';
import { BULK_ACTIONS, type BulkAction } from '@cyberstroll/contracts';
import { Argument, type Command } from 'commander';
import type { ApiClient } from '../../api-client';
import type { AnswerOf, BodyOf } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { confirm } from '../../confirm';
import { toExamples } from '../../help/examples';
import { say, verbatim } from '../../language/say';
import { integer, repeated } from '../option-values';
import { addTaskFilterOptions, toTaskFilter } from './task-filter';

type BulkOperation = AnswerOf<'getOperation'>;
const POLL_MS = 500;
/** Of an example. */
const ID = '66b2f0c3a1d4e5f607182930';

export function addTaskBulk(task: Command, toContext: (command: Command) => CommandContext): void {
  addTaskFilterOptions(
    task.command('bulk').description('command all tasks that match a filter, and wait for the outcome'),
  )
    .addHelpText(
      'before',
      toExamples(
        ['task bulk pause --label nightly --status RUNNING --dry-run', 'which tasks would be paused'],
        ['task bulk cancel --target 10.0.0.0/24 --reason outage', 'cancel all scans of a network'],
        ['task bulk label --initiator alice --add-label berlin', 'label all tasks of one initiator'],
      ),
    )
    .addArgument(new Argument('<action>', 'the command for each task').choices(BULK_ACTIONS))
    .option('--all', 'all tasks; needed without a filter')
    .option('--add-label <label>', 'for label: each task gets it; may be repeated', repeated)
    .option('--remove-label <label>', 'for label: each task loses it; may be repeated', repeated)
    .option('--priority <n>', 'for priority: from 1 to 10', integer(1, 10))
    .option('--reason <text>', 'stored in the status histories and the audit log')
    .option('--dry-run', 'show which tasks match, and do nothing')
    .option('--yes', 'do not ask before tasks are deleted')
    .action(async (action: BulkAction, options, command) => {
      const context = toContext(command);
      const { output, connect } = context;
      const { all, addLabel, removeLabel, priority, reason, dryRun, yes } = options;
      const filter = toTaskFilter(options);
      const hasFilter = Object.values(filter).some((value) => value !== undefined);
      if (hasFilter === Boolean(all)) throw new CliError('usage', say('choose tasks by a filter, or --all'));
      if (action === 'label' && !addLabel && !removeLabel) {
        throw new CliError('usage', say('name labels by --add-label or --remove-label'));
      }
      if (action === 'priority' && priority === undefined) throw new CliError('usage', say('name the --priority'));
      const body = {
        ...{ action, filter, all, reason, dry_run: dryRun ?? false, priority },
        ...(action === 'label' && { add_labels: addLabel, remove_labels: removeLabel }),
      } as BodyOf<'bulkTasks'>;
      if (action === 'delete' && !yes && !dryRun)
        await confirm(say('Delete all tasks that match, with their results?'), context);
      const client = connect();
      const answer = await client.call(client.POST('/api/tasks/bulk', { body }), 'matched');
      if ('dry_run' in answer) {
        if (output.json) return output.jsonLine(answer);
        for (const taskId of answer.task_ids) await output.line(verbatim(taskId));
        return output.message(
          say(answer.more ? '{count} or more tasks match' : '{count} tasks match', { count: answer.matched }),
        );
      }
      await printOutcome(await waitFor(client, answer, context), output);
    });
  task
    .command('bulk-end')
    .description('end a command for many tasks before its last task')
    .addHelpText('before', toExamples([`task bulk-end ${ID}`, 'tasks that it commanded stay as they are']))
    .argument('<operation_id>')
    .option('--reason <text>', 'stored in the audit log')
    .action(async (operationId: string, { reason }, command) => {
      const { output, connect } = toContext(command);
      const { DELETE, call } = connect();
      const params = { ...ofOperation(operationId).params, query: { reason } };
      const ended = await call(DELETE('/api/operations/{operation_id}', { params }), 'state');
      if (output.json) await output.jsonLine(ended);
      else await output.line(toCounts(ended));
      if (ended.state === 'done') output.message(say('it was done before'));
    });
}

const ofOperation = (operation_id: string) => ({ params: { path: { operation_id } } });

/** Until it has ended; Ctrl-C leaves it running. */
async function waitFor({ GET, call }: ApiClient, begun: BulkOperation, { signal, output }: CommandContext) {
  let operation = begun;
  while (operation.state === 'waiting' || operation.state === 'running') {
    await delay(POLL_MS, undefined, { signal }).catch(() => {
      const id = operation.operation_id;
      output.message(say('operation {id} continues: task bulk-end {id} ends it', { id }));
      throw new CliError('interrupted', say('interrupted'));
    });
    operation = await call(GET('/api/operations/{operation_id}', ofOperation(operation.operation_id)), 'state');
  }
  return operation;
}

const toCounts = ({ matched, done, unchanged, failed }: BulkOperation) =>
  say('{matched} matched, {done} done, {unchanged} unchanged, {failed} failed', { matched, done, unchanged, failed });

async function printOutcome(operation: BulkOperation, output: CommandContext['output']): Promise<void> {
  const { failed, failures, more, state, cancelled_by: operator = '' } = operation;
  if (output.json) await output.jsonLine(operation);
  else await output.line(toCounts(operation));
  for (const { task_id, detail } of failures) output.message(say('failed {id}: {detail}', { id: task_id, detail }));
  if (more) output.message(say('more tasks match: run it again'));
  if (state === 'cancelled') {
    throw new CliError('illegalTransition', say('{operator} ended it before its last task', { operator }));
  }
  if (failed > 0) throw new CliError('illegalTransition', say('{failed} tasks refused', { failed }));
}
