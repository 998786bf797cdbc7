import type { ApiTask } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { type Column, createTable } from '../../text/table';
import { toStepMethods } from '../../text/task-text';

const t = defineTexts({
  chain: [
    'show the tasks that follow one another: each begins when the one before is COMPLETED',
    '查看依次进行的任务：前一个为 COMPLETED（完成）后，下一个开始',
  ],
  any: ['the whole chain of any task in it', '其中任一任务所在的整个任务链'],
});

export function addTaskChain(task: CliCommand): void {
  task
    .add('chain <task_id>', t('chain'))
    .examples(['task chain 66b2f0c3a1d4e5f607182930', t('any')])
    .run(async ({ output, api: { GET, call } }, _options, taskId: string) => {
      const read = (task_id: string) =>
        call(GET('/api/tasks/{task_id}', { params: { path: { task_id } } }), 'task_id') as Promise<ApiTask>;
      const tasks = await findChain(read, taskId);
      await output.answer(tasks, () => createTable(COLUMNS).toText(toRows(tasks)));
    });
}

type Read = (taskId: string) => Promise<ApiTask>;

/** All tasks of the chain, the first one first. One that was deleted ends it. */
async function findChain(read: Read, taskId: string): Promise<[ApiTask, ...ApiTask[]]> {
  const task = await read(taskId);
  const chain: [ApiTask, ...ApiTask[]] = [task];
  for (let { from_task } = task; from_task; ) {
    const before = await readIfThere(read, from_task);
    if (before?.next_task !== chain[0].task_id) break;
    chain.unshift(before);
    from_task = before.from_task;
  }
  for (let { next_task } = task; next_task; ) {
    const next = await readIfThere(read, next_task);
    if (!next) break;
    chain.push(next);
    next_task = next.next_task;
  }
  return chain;
}

const readIfThere = (read: Read, taskId: string): Promise<ApiTask | undefined> =>
  read(taskId).catch((err) => {
    if (err instanceof CliError && err.exit === 'notFound') return undefined;
    throw err;
  });

type Row = Partial<ApiTask> & { method: string };

/** The last task's `on_end` has not begun. */
const toRows = (tasks: readonly ApiTask[]): Row[] => [
  ...tasks.map((task) => ({ ...task, method: task.scan.method })),
  ...toStepMethods(tasks.at(-1)!).map((method) => ({ method })),
];

const COLUMNS: readonly Column<Row>[] = [
  { title: 'METHOD', value: ({ method }) => method },
  { title: 'STATUS', value: ({ status }) => status, isState: true },
  { title: 'TARGETS', value: ({ progress }) => progress?.total_targets, align: 'right' },
  { title: 'PROGRESS', value: ({ progress }) => progress && `${progress.progress_percentage}%`, align: 'right' },
  { title: 'TASK_ID', value: ({ task_id }) => task_id },
  { title: 'NAME', value: ({ name }) => name, max: 30 },
];
