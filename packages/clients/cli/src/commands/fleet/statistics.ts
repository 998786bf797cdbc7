import type { CliCommand } from '../../help/cli-command';
import { defineTexts } from '../../language/say';
import { toStatisticsText } from '../../text/statistics-text';

const t = defineTexts({
  statistics: [
    'rates, times and counts of all tasks, nodes and queues, or of one task',
    '所有任务、节点和队列（或一个任务）的速率、时间和数量',
  ],
  whole_system: ['the whole system', '整个系统'],
  one_task: ['one task', '一个任务'],
});

export function addCommands(program: CliCommand): void {
  program
    .add('statistics [task_id]', t('statistics'))
    .examples(['statistics', t('whole_system')], ['statistics 66b2f0c3a1d4e5f607182930', t('one_task')])
    .run(async ({ output, api: { GET, call } }, _options, task_id: string | undefined) => {
      const statistics =
        task_id === undefined
          ? await call(GET('/api/statistics'), 'tasks')
          : await call(GET('/api/tasks/{task_id}/statistics', { params: { path: { task_id } } }), 'task_id');
      await output.answer(statistics, toStatisticsText);
    });
}
