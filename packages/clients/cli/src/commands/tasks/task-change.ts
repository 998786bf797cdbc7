import type { ApiClient } from '../../api-client';
import type { ApiTask, BodyOf } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { addYes, confirm } from '../../confirm';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts, say } from '../../language/say';
import { toPrintable } from '../../printable';
import { integer, repeated } from '../option-values';

const t = defineTexts({
  label: ['add labels to a task and remove others', '给任务添加或移除标签'],
  change_labels: ['change the labels of a task', '更改任务的标签'],
  add: ['a label to add; may be repeated', '要添加的标签；可重复'],
  remove: ['a label to remove; may be repeated', '要移除的标签；可重复'],
  name_labels: ['name labels by --add or --remove', '请用 --add 或 --remove 给出标签'],
  priority: [
    'change the share of the nodes that a task gets, also while it runs',
    '更改任务分得的节点份额，执行中也可以',
  ],
  larger_share: ['a larger share from now on', '从现在起分得更大的份额'],
  from_1: ['from 1 to 10', '1 到 10'],
  rename: ['change the name of a task', '更改任务的名称'],
  give_name: ['give it a name', '给它命名'],
  remove_name: ['remove the name', '移除名称'],
  name: ['in any script; without it the name is removed', '可用任何文字；不给出则移除名称'],
  delete: ['delete a task that has ended, with its results (admin)', '删除已结束的任务及其结果（需要 admin 角色）'],
  delete_at_once: ['delete it, in a script', '在脚本中删除'],
  delete_after: ['delete it, after a question', '询问之后删除'],
  delete_task: ['Delete task {task} with all its results?', '删除任务 {task} 及其全部结果？'],
  being_deleted: ['{id}  being deleted', '{id}  正在删除'],
  has_priority: ['priority {priority}', '优先级 {priority}'],
});

const ID = '66b2f0c3a1d4e5f607182930';
/** Reads and writes of a task's labels, if somebody changes the task in between. */
const LABEL_TRIES = 5;

/** Commands that change or delete one task. */
export function addTaskChanges(task: CliCommand): void {
  task
    .add('label <task_id>', t('label'))
    .with(addReason)
    .examples([`task label ${ID} --add nightly --remove test`, t('change_labels')])
    .option('--add <label>', t('add'), repeated)
    .option('--remove <label>', t('remove'), repeated)
    .run(async (context, { add = [], remove = [], reason }, taskId: string) => {
      if (add.length + remove.length === 0) throw new CliError('usage', t('name_labels'));
      await printChanged(await changeLabels(context.api, taskId, { add, remove, reason }), context);
    });

  task
    .add('priority <task_id>', t('priority'))
    .with(addReason)
    .examples([`task priority ${ID} 8`, t('larger_share')])
    .argument('<priority>', t('from_1'), integer(1, 10))
    .run(async (context, { reason }, taskId: string, priority: number) =>
      printChanged(await changeTask(context.api, taskId, { priority, reason }), context),
    );

  task
    .add('rename <task_id>', t('rename'))
    .with(addReason)
    .examples([`task rename ${ID} nightly`, t('give_name')], [`task rename ${ID}`, t('remove_name')])
    .argument('[name]', t('name'))
    .run(async (context, { reason }, taskId: string, name: string | undefined) =>
      printChanged(await changeTask(context.api, taskId, { name: name ?? null, reason }), context),
    );

  task
    .add('delete <task_id>', t('delete'))
    .with(addReason)
    .with(addYes)
    .examples([`task delete ${ID} --yes`, t('delete_at_once')], [`task delete ${ID}`, t('delete_after')])
    .run(async (context, { yes, reason }, task_id: string) => {
      await confirm(t('delete_task', { task: task_id }), { yes }, context);
      const { DELETE, call } = context.api;
      const sent = DELETE('/api/tasks/{task_id}', { params: { path: { task_id }, query: { reason } } });
      await context.output.answer(await call(sent, 'task_id'), (deleted) =>
        t('being_deleted', { id: deleted.task_id }),
      );
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

const addReason = (command: CliCommand): CliCommand => command.option('--reason <text>', say('stored_in_audit_log'));

const printChanged = (task: ApiTask, { output }: CommandContext): Promise<void> =>
  output.answer(task, ({ task_id, name, labels, config }) => {
    const priority = t('has_priority', { priority: config.priority ?? '' });
    return toPrintable([task_id, priority, name, labels.join(', ')].filter(Boolean).join('  '));
  });
