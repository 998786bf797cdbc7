import { useSignal } from '@preact/signals';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { OpenButton } from '../../components/action-button';
import { ListTable } from '../../components/list-table';
import { NameLink } from '../../components/name-link';
import { besideList } from '../../components/side-panel';
import { Time } from '../../components/time';
import { formatNumber } from '../../language/define-texts';
import { ImportList } from './import-list';
import { t } from './texts';

/** Files of addresses that are never scanned. */
export function ExclusionLists() {
  const cursor = useSignal<string | undefined>(undefined);
  const wanted = { limit: 50, ...(cursor.value !== undefined && { cursor: cursor.value }) };
  const lists = useGet('/api/exclusion-lists', { query: wanted }, 5_000);
  return (
    <>
      <h2>{t('lists')}</h2>
      {isOperator.value && (
        <div class="filters">
          <OpenButton label={t('import')}>
            {(onClose) => <ImportList onDone={lists.reload} onClose={onClose} />}
          </OpenButton>
        </div>
      )}
      <ListTable
        data={lists}
        cursor={cursor}
        none={t('lists_none')}
        toKey={({ exclusion_id }) => exclusion_id}
        columns={[
          [
            t('name'),
            ({ exclusion_id, name }) => <NameLink href={besideList(`/plan/exclusions/${exclusion_id}`)} name={name} />,
            'name',
          ],
          [t('owner'), ({ owner }) => <bdi>{owner}</bdi>],
          [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
          [t('entries'), ({ entry_count }) => formatNumber(entry_count), 'number'],
          [t('changed'), ({ updated_time }) => <Time at={updated_time} />],
        ]}
      />
    </>
  );
}
