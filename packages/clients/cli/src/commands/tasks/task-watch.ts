import type { ApiClient } from '../../api-client';
import { CliError } from '../../cli-error';
import type { CommandContext } from '../../command-context';
import { defineTexts, sayCode, verbatim } from '../../language/say';
import type { Output } from '../../output';
import { countFailedAddresses, toEndText, toFailureText } from '../../text/task-text';
import { createProgressView } from '../../watch/progress-view';
import { watchTask } from '../../watch/watch-task';
import type { WatchUpdate } from '../../watch-update';

const t = defineTexts({
  task_ended: ['task {task} ended as {status}', '任务 {task} 以 {status} 结束'],
});

/**
 * Follows a task to its end: progress on stderr, then how it ended on stdout; with --json one line per update on stdout
 * and no progress. Throws a CliError `endedOtherwise` unless it COMPLETED.
 */
export async function watchToEnd(client: ApiClient, taskId: string, { output, signal }: CommandContext): Promise<void> {
  const view = output.json ? undefined : createProgressView(output.progress, { color: output.messageColor });
  let written: Promise<void> = Promise.resolve();
  let last: WatchUpdate;
  try {
    last = await watchTask(client, taskId, {
      signal,
      toTimeText: output.toTimeText,
      onUpdate: (update) => {
        view?.show(update);
        if (output.json) written = written.then(() => output.jsonLine(update));
      },
      onNotice: (text) => (view ? view.notice(text) : output.message(verbatim(text))),
    });
  } finally {
    view?.stop();
    await written;
  }
  if (!output.json) await printEnd(client, taskId, output);
  if (last.status !== 'COMPLETED') {
    const status = sayCode(last.status);
    throw new CliError('endedOtherwise', t('task_ended', { task: taskId, status }));
  }
}

const ofTask = (task_id: string) => ({ params: { path: { task_id } } });

async function printEnd(client: ApiClient, taskId: string, output: Output): Promise<void> {
  const task = await client.call(client.GET('/api/tasks/{task_id}', ofTask(taskId)), 'task_id');
  await output.line(toEndText(task));
  if (countFailedAddresses(task) > 0) await output.line(toFailureText(task, await findErrorCodes(client, taskId)));
}

/** Empty if the API does not answer: the end of the task is printed all the same. */
async function findErrorCodes(client: ApiClient, taskId: string): Promise<Record<string, number>> {
  try {
    const sent = client.GET('/api/tasks/{task_id}/statistics', ofTask(taskId));
    return (await client.call(sent, 'task_id')).error_codes ?? {};
  } catch (error) {
    if (error instanceof CliError && error.exit !== 'interrupted') return {};
    throw error;
  }
}
