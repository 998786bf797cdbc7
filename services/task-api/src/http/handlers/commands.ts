import { type CommandedTaskView, toSentence } from '@cyberstroll/contracts';
import type { TaskStatus } from '@cyberstroll/state-machine';
import { type Standing, toVersion } from '@cyberstroll/store';
import { changeStatus } from '../../adapters/change-status';
import { countRetried, retrySubTask, retryTask } from '../../adapters/retry-failed';
import { toRetryReason, toSelection, toSelectionText } from '../../core/tasks/retry-selection';
import { toStatusView } from '../../core/tasks/status-view';
import type { Call, Handlers } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** The commands of an operator. The name of the API key becomes `operator` in the task's history. */
export function createCommandHandlers(
  deps: Pick<AppDeps<'tasks' | 'subTasks'>, 'store' | 'publisher' | 'broadcast'>,
): Handlers {
  function toAnswer(
    { task, snapshot }: Pick<Standing, 'task' | 'snapshot'>,
    { changed, before }: { changed: boolean; before?: TaskStatus },
  ) {
    const { progress, estimated_remaining: estimatedRemaining } = snapshot;
    const body: CommandedTaskView = { ...toStatusView(task, { progress, estimatedRemaining }, new Date()), changed };
    return { version: toVersion(task), change: { ...(before && { before }), after: task.status }, body };
  }

  type CommandCall = Call<'pauseTask' | 'resumeTask' | 'cancelTask'>;
  const toCommand = (command: 'pause' | 'resume' | 'cancel') => ({
    async run({
      params: { task_id },
      body: { reason = toSentence(`${command}_by_operator`) },
      caller,
      version,
    }: CommandCall) {
      const change = { command, taskId: task_id, reason, operator: caller.name, version };
      const outcome = await changeStatus(deps, change);
      return toAnswer(outcome, outcome);
    },
    repeat: async ({ params }: CommandCall) =>
      toAnswer(await deps.store.tasks.getStanding(params.task_id), { changed: false }),
  });

  return {
    pauseTask: toCommand('pause'),
    resumeTask: toCommand('resume'),
    cancelTask: toCommand('cancel'),

    async retryTask({ params: { task_id }, body: { reason: asked, dry_run, ...which }, caller, version }) {
      const selection = toSelection(which);
      if (dry_run) {
        const { status, matched: retried } = await countRetried(deps, { taskId: task_id, version, selection });
        return { status: 200, body: { task_id, status, retried, dry_run: true as const } };
      }
      const reason = toRetryReason(asked, selection);
      const retry = { taskId: task_id, reason, operator: caller.name, version, selection };
      const { isSent, ...outcome } = await retryTask(deps, retry);
      const change = { after: outcome.status, ...(selection && { subject: toSelectionText(selection) }) };
      return { status: isSent ? 200 : 202, change, body: { task_id, ...outcome } };
    },

    async retrySubTask({
      params: { task_id, subtask_id },
      body: { reason = toSentence('retry_by_operator') },
      caller,
    }) {
      const retry = { taskId: task_id, subTaskId: subtask_id, reason, operator: caller.name };
      const outcome = await retrySubTask(deps, retry);
      return { change: { before: outcome.status }, body: { task_id, subtask_id, ...outcome } };
    },
  };
}
