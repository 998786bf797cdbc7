import { unwrap } from '@cyberstroll/client';
import { toReasonField, toReasonOption, toShellWord } from '../../../api/command';
import { client, isOperator } from '../../../api/session';
import { useData } from '../../../api/use-data';
import { ActionButton } from '../../../components/action-button';
import { Loaded } from '../../../components/notice';
import { t } from './texts';

/** Scans again what failed in a selection. The API counts it first. */
export function RetrySelection({ taskId, target }: { taskId: string; target: string }) {
  if (!isOperator.value) return null;
  const params = { path: { task_id: taskId } };
  return (
    <ActionButton
      label={t('retry')}
      command={{
        send: (by, reason) =>
          by.POST('/api/tasks/{task_id}/retry', { params, body: { target, ...toReasonField(reason) } }),
        toCli: (reason) => `cyberstroll task retry ${taskId} --target ${toShellWord(target)}${toReasonOption(reason)}`,
      }}
    >
      <Count taskId={taskId} target={target} />
    </ActionButton>
  );
}

function Count({ taskId, target }: { taskId: string; target: string }) {
  const plan = useData(
    () =>
      unwrap(
        client.POST('/api/tasks/{task_id}/retry', {
          params: { path: { task_id: taskId } },
          body: { target, dry_run: true },
        }),
      ),
    { key: target },
  );
  return <Loaded data={plan}>{({ retried }) => <p>{t('retry_what', { count: retried })}</p>}</Loaded>;
}
