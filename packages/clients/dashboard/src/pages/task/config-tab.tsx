import type { Task } from '@cyberstroll/client';
import { HostileText } from '../../components/hostile-text';
import { TableBox } from '../../components/scroll-box';
import { formatNumber } from '../../language/define-texts';
import { t } from './texts';

/** How the task scans: the fields of the API, by their names. */
export function ConfigTab({ task }: { task: Task }) {
  const { error_threshold: threshold, error_threshold_share: share } = task.error_info;
  const settings: [string, string | undefined][] = [
    ['scan.ports', task.scan.ports],
    ['scan.method', task.scan.method],
    ...toSettings('config', task.config),
    [
      'error_threshold',
      share === undefined ? formatNumber(threshold) : t('share_of_all', { count: threshold, share: String(share) }),
    ],
    ['task_type', task.task_type],
    ['task_category', task.task_category],
    ['exclude_target', task.exclude_target],
    ['traceparent', task.traceparent],
  ];
  return (
    <TableBox>
      <table class="settings">
        <thead>
          <tr>
            <th scope="col">{t('setting')}</th>
            <th scope="col">{t('value')}</th>
          </tr>
        </thead>
        <tbody>
          {settings.map(
            ([name, value]) =>
              value !== undefined && (
                <tr key={name}>
                  <th scope="row" class="mono">
                    {name}
                  </th>
                  <td>
                    <HostileText text={value} />
                  </td>
                </tr>
              ),
          )}
        </tbody>
      </table>
    </TableBox>
  );
}

/** The fields of an object, those of objects in it too. */
const toSettings = (name: string, value: object): [string, string][] =>
  Object.entries(value).flatMap(([key, each]): [string, string][] =>
    typeof each === 'object' && each !== null ? toSettings(`${name}.${key}`, each) : [[`${name}.${key}`, String(each)]],
  );
