import type { CreateTaskRequest } from '../../api-types';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { defineTexts } from '../../language/say';
import { toPlanText } from '../../text/plan-text';

const t = defineTexts({
  task_would: ['this task would not be created', '不会创建这个任务'],
});

/** Prints what a task would be. Throws a CliError `usage` if it would not be created. */
export async function printPlan(request: CreateTaskRequest, { output, connect }: CommandContext): Promise<void> {
  const { POST, call } = connect();
  const plan = await call(POST('/api/tasks/dry-run', { body: request }), 'would_create');
  if (output.json) await output.jsonLine(plan);
  else await output.line(toPlanText(plan));
  if (!plan.would_create) throw new CliError('usage', t('task_would'));
}
