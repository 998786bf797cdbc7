import type { Task } from '@cyberstroll/client';
import { query } from '../../browser/navigation';
import { HostileText } from '../../components/hostile-text';
import { toWindowText } from '../../components/scan-windows';
import { Table } from '../../components/table';
import { formatNumber } from '../../language/define-texts';
import { t } from './texts';

/** How the task scans: the fields of the API, by their names. */
export function TaskSettings({ task }: { task: Task }) {
  const { error_threshold: threshold, error_threshold_share: share } = task.error_info;
  const { windows, ...rest } = task.config;
  const settings: [string, string | undefined][] = [
    ['scan.ports', task.scan.ports],
    ['scan.method', task.scan.method],
    ['scan.options', JSON.stringify(task.scan.options)],
    ...toSettings('config', rest),
    ['config.windows', windows?.map(toWindowText).join('; ')],
    [
      'error_threshold',
      share === undefined ? formatNumber(threshold) : t('share_of_all', { count: threshold, share: String(share) }),
    ],
    ['task_type', task.task_type],
    ['task_category', task.task_category],
    ['metadata', JSON.stringify(task.metadata)],
    ['exclude_target', task.exclude_target],
    ['traceparent', task.traceparent],
  ];
  return (
    <details open={query.value.has('settings')}>
      <summary>{t('config')}</summary>
      <Table
        class="settings"
        rows={settings.filter(([, value]) => value !== undefined)}
        toKey={([name]) => name}
        columns={[
          [t('setting'), ([name]) => name, 'mono name'],
          [t('value'), ([, value = '']) => <HostileText text={value} />],
        ]}
      />
    </details>
  );
}

/** The fields of an object, those of objects in it too. */
const toSettings = (name: string, value: object): [string, string][] =>
  Object.entries(value).flatMap(([key, each]): [string, string][] =>
    typeof each === 'object' && each !== null ? toSettings(`${name}.${key}`, each) : [[`${name}.${key}`, String(each)]],
  );
