import type { Command } from 'commander';
import type { CommandContext } from '../../command-context';
import { toExamples } from '../../help/examples';
import { toStatisticsText } from '../../text/statistics-text';

export function addStatisticsCommand(program: Command, toContext: (command: Command) => CommandContext): void {
  program
    .command('statistics')
    .description('rates, times and counts of all tasks, nodes and queues, or of one task')
    .addHelpText(
      'before',
      toExamples(['statistics', 'the whole system'], ['statistics 66b2f0c3a1d4e5f607182930', 'one task']),
    )
    .argument('[task_id]')
    .action(async (taskId: string | undefined, _options, command) => {
      const { output, connect } = toContext(command);
      const { GET, call } = connect();
      const statistics =
        taskId === undefined
          ? await call(GET('/api/statistics'), 'tasks')
          : await call(GET('/api/tasks/{task_id}/statistics', { params: { path: { task_id: taskId } } }), 'task_id');
      if (output.json) await output.jsonLine(statistics);
      else await output.line(toStatisticsText(statistics));
    });
}
