import { setTimeout as delay } from 'node:timers/promises';
import { BULK_ACTIONS, type BulkAction } from '@cyberstroll/contracts';
import { Argument } from 'commander';
import type { ApiClient } from '../../api-client';
import type { AnswerOf, BodyOf } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { addYes, confirm } from '../../confirm';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say, verbatim } from '../../language/say';
import { integer, repeated } from '../option-values';
import { addTaskFilterOptions, toTaskFilter } from './task-filter';

const t = defineTexts({
  bulk: ['command all tasks that match a filter, and wait for the outcome', '对所有符合条件的任务执行命令，并等待结果'],
  tasks_would: ['which tasks would be paused', '哪些任务会被暂停'],
  cancel_all: ['cancel all scans of a network', '取消一个网段的所有扫描'],
  label_all: ['label all tasks of one initiator', '给一个发起人的所有任务加标签'],
  action: ['the command for each task', '对每个任务执行的操作'],
  all: ['all tasks; needed without a filter', '所有任务；没有筛选条件时必须给出'],
  add_label: ['for label: each task gets it; may be repeated', '用于 label：每个任务添加此标签；可重复'],
  remove_label: ['for label: each task loses it; may be repeated', '用于 label：每个任务移除此标签；可重复'],
  priority: ['for priority: from 1 to 10', '用于 priority：1 到 10'],
  reason: ['stored in the status histories and the audit log', '写入状态历史和审计日志'],
  dry_run: ['show which tasks match, and do nothing', '显示符合条件的任务，不做任何更改'],
  choose_tasks: ['choose tasks by a filter, or --all', '请用筛选条件选择任务，或使用 --all'],
  name_labels: ['name labels by --add-label or --remove-label', '请用 --add-label 或 --remove-label 给出标签'],
  name_priority: ['name the --priority', '请给出 --priority'],
  delete_all: ['Delete all tasks that match, with their results?', '删除所有符合条件的任务及其结果？'],
  more_tasks: ['{count} or more tasks match', '至少 {count} 个任务符合条件'],
  tasks_match: ['{count} tasks match', '{count} 个任务符合条件'],
  bulk_end: ['end a command for many tasks before its last task', '在最后一个任务之前结束批量命令'],
  tasks_commanded: ['tasks that it commanded stay as they are', '已执行过命令的任务保持不变'],
  was_done: ['it was done before', '它之前已完成'],
  operation_continues: [
    'operation {id} continues: task bulk-end {id} ends it',
    '操作 {id} 会继续执行：用 task bulk-end {id} 可将其结束',
  ],
  matched_done: [
    '{matched} matched, {done} done, {unchanged} unchanged, {failed} failed',
    '符合条件 {matched}，已完成 {done}，无需更改 {unchanged}，失败 {failed}',
  ],
  failed: ['failed {id}: {detail}', '失败 {id}：{detail}'],
  more_tasks_match: ['more tasks match: run it again', '还有任务符合条件：请再次运行'],
  ended_before: ['{operator} ended it before its last task', '{operator} 在最后一个任务之前结束了它'],
  tasks_refused: ['{failed} tasks refused', '{failed} 个任务拒绝了命令'],
});

type BulkOperation = AnswerOf<'getOperation'>;
const POLL_MS = 500;
/** Of an example. */
const ID = '66b2f0c3a1d4e5f607182930';

export function addTaskBulk(task: CliCommand): void {
  task
    .add('bulk', t('bulk'))
    .with(addTaskFilterOptions)
    .examples(
      ['task bulk pause --label nightly --status RUNNING --dry-run', t('tasks_would')],
      ['task bulk cancel --target 10.0.0.0/24 --reason outage', t('cancel_all')],
      ['task bulk label --initiator alice --add-label berlin', t('label_all')],
    )
    .addArgument(new Argument('<action>', t('action')).choices(BULK_ACTIONS))
    .option('--all', t('all'))
    .option('--add-label <label>', t('add_label'), repeated)
    .option('--remove-label <label>', t('remove_label'), repeated)
    .option('--priority <n>', t('priority'), integer(1, 10))
    .option('--reason <text>', t('reason'))
    .option('--dry-run', t('dry_run'))
    .with(addYes)
    .run(async (context, options, action: BulkAction) => {
      const { output } = context;
      const { all, addLabel, removeLabel, priority, reason, dryRun, yes } = options;
      const filter = toTaskFilter(options);
      const hasFilter = Object.values(filter).some((value) => value !== undefined);
      if (hasFilter === Boolean(all)) throw new CliError('usage', t('choose_tasks'));
      if (action === 'label' && !addLabel && !removeLabel) throw new CliError('usage', t('name_labels'));
      if (action === 'priority' && priority === undefined) throw new CliError('usage', t('name_priority'));
      const body = {
        action,
        filter,
        all,
        reason,
        dry_run: dryRun ?? false,
        priority,
        ...(action === 'label' && { add_labels: addLabel, remove_labels: removeLabel }),
      } as BodyOf<'bulkTasks'>;
      if (action === 'delete' && !dryRun) await confirm(t('delete_all'), { yes }, context);
      const client = context.api;
      const answer = await client.call(client.POST('/api/tasks/bulk', { body }), 'matched');
      if ('dry_run' in answer) {
        if (output.json) return output.jsonLine(answer);
        for (const taskId of answer.task_ids) await output.line(verbatim(taskId));
        return output.message(t(answer.more ? 'more_tasks' : 'tasks_match', { count: answer.matched }));
      }
      await printOutcome(await waitFor(client, answer, context), output);
    });
  task
    .add('bulk-end <operation_id>', t('bulk_end'))
    .examples([`task bulk-end ${ID}`, t('tasks_commanded')])
    .option('--reason <text>', say('stored_in_audit_log'))
    .run(async ({ output, api: { DELETE, call } }, { reason }, operation_id: string) => {
      const params = { path: { operation_id }, query: { reason } };
      const ended = await call(DELETE('/api/operations/{operation_id}', { params }), 'state');
      await output.answer(ended, toCounts);
      if (ended.state === 'done') output.message(t('was_done'));
    });
}

/** Until it has ended; Ctrl-C leaves it running. */
async function waitFor({ GET, call }: ApiClient, begun: BulkOperation, { signal, output }: CommandContext) {
  let operation = begun;
  while (operation.state === 'waiting' || operation.state === 'running') {
    await delay(POLL_MS, undefined, { signal }).catch(() => {
      const id = operation.operation_id;
      output.message(t('operation_continues', { id }));
      throw new CliError('interrupted', say('interrupted'));
    });
    const path = { operation_id: operation.operation_id };
    operation = await call(GET('/api/operations/{operation_id}', { params: { path } }), 'state');
  }
  return operation;
}

const toCounts = ({ matched, done, unchanged, failed }: BulkOperation) =>
  t('matched_done', { matched, done, unchanged, failed });

async function printOutcome(operation: BulkOperation, output: CommandContext['output']): Promise<void> {
  const { failed, failures, more, state, cancelled_by: operator = '' } = operation;
  await output.answer(operation, toCounts);
  for (const { task_id, detail } of failures) output.message(t('failed', { id: task_id, detail }));
  if (more) output.message(t('more_tasks_match'));
  if (state === 'cancelled') throw new CliError('illegalTransition', t('ended_before', { operator }));
  if (failed > 0) throw new CliError('illegalTransition', t('tasks_refused', { failed }));
}
