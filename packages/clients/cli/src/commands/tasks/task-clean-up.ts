import type { AnswerOf } from '../../api-types';
import { addYes, confirm } from '../../confirm';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { integer } from '../option-values';

const t = defineTexts({
  clean_up: [
    'delete settled tasks that ended long ago, with their results (admin)',
    '删除很久以前结束的任务及其结果（需要 admin 角色）',
  ],
  tasks_would: ['which tasks would be deleted', '哪些任务会被删除'],
  delete: ['delete them', '删除它们'],
  delete_all: ['Delete all of these old tasks, with their results?', '删除很久以前结束的任务及其结果？'],
  days: ['only tasks that ended at least this many days ago', '只删除至少在这么多天之前结束的任务'],
  dry_run: ['show the tasks without deleting them', '只显示这些任务，不删除'],
  tasks_would_deleted: ['tasks that would be deleted: {count}', '将被删除的任务：{count}'],
  tasks_being: ['tasks being deleted: {count}', '正在删除的任务：{count}'],
  more_have: ['more have expired: run it again', '还有更多已过期：请再次运行'],
});

export function addCleanUp(task: CliCommand): void {
  task
    .add('clean-up', t('clean_up'))
    .examples(['task clean-up --days 90 --dry-run', t('tasks_would')], ['task clean-up --days 90 --yes', t('delete')])
    .requiredOption('--days <n>', t('days'), integer(0, 36_500))
    .option('--limit <n>', say('most_per_call'), integer(1, 10_000), 1_000)
    .option('--dry-run', t('dry_run'))
    .with(addYes)
    .run(async (context, { days, limit, dryRun = false, yes }) => {
      if (!dryRun) await confirm(t('delete_all'), { yes }, context);
      const { POST, call } = context.api;
      const { output } = context;
      const body = { expire_days: days, limit, dry_run: dryRun };
      const outcome = await call(POST('/api/tasks/clean-up', { body }), 'tasks');
      if (output.json) return output.jsonLine(outcome);
      const { tasks, dry_run, more } = outcome;
      if (tasks.length > 0) await output.line(createTable(COLUMNS).toText(tasks, output));
      output.message(t(dry_run ? 'tasks_would_deleted' : 'tasks_being', { count: tasks.length }));
      if (more) output.message(t('more_have'));
    });
}

const COLUMNS: readonly Column<AnswerOf<'cleanUpTasks'>['tasks'][number]>[] = [
  { title: 'TASK_ID', value: (task) => task.task_id },
  { title: 'STATUS', value: (task) => task.status, isState: true },
  { title: 'ENDED', value: (task, toTimeText) => toTimeText(task.completed_time) },
  { title: 'TARGETS', value: (task) => task.total_targets, align: 'right' },
];
