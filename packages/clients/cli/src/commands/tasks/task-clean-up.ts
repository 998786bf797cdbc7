import type { Command } from 'commander';
import type { AnswerOf } from '../../api-types';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { say } from '../../language/say';
import { createTable } from '../../text/table';
import type { TimeText } from '../../text/time-text';
import { integer } from '../option-values';

export function addCleanUp(task: Command, toContext: (command: Command) => CommandContext): void {
  task
    .command('clean-up')
    .description('delete settled tasks that ended long ago, with their results (admin)')
    .addHelpText(
      'before',
      toExamples(
        ['task clean-up --days 90 --dry-run', 'which tasks would be deleted'],
        ['task clean-up --days 90', 'delete them'],
      ),
    )
    .requiredOption('--days <n>', 'only tasks that ended at least this many days ago', integer(0, 36_500))
    .option('--limit <n>', 'largest number per call', integer(1, 10_000), 1_000)
    .option('--dry-run', 'show the tasks without deleting them')
    .action(async ({ days, limit, dryRun = false }, command) => {
      const { output, connect } = toContext(command);
      const { POST, call } = connect();
      const body = { expire_days: days, limit, dry_run: dryRun };
      const outcome = await call(POST('/api/tasks/clean-up', { body }), 'tasks');
      if (output.json) return output.jsonLine(outcome);
      const { tasks, dry_run, more } = outcome;
      if (tasks.length > 0) await output.line(createExpiredTable(output.toTimeText).toText(tasks, output));
      const count = tasks.length;
      output.message(
        dry_run
          ? say('tasks that would be deleted: {count}', { count })
          : say('tasks being deleted: {count}', { count }),
      );
      if (more) output.message(say('more have expired: run it again'));
    });
}

const createExpiredTable = (toTimeText: TimeText) =>
  createTable<AnswerOf<'cleanUpTasks'>['tasks'][number]>([
    { title: 'TASK_ID', value: (task) => task.task_id },
    { title: 'STATUS', value: (task) => task.status, isState: true },
    { title: 'ENDED', value: (task) => toTimeText(task.completed_time) },
    { title: 'TARGETS', value: (task) => task.total_targets, align: 'right' },
  ]);
