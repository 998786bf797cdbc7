import { useSignal } from '@preact/signals';
import { isOperator } from '../../api/session';
import { useGet } from '../../api/use-data';
import { Loaded } from '../../components/notice';
import { TableBox } from '../../components/scroll-box';
import { besideList, PanelPager } from '../../components/side-panel';
import { Table } from '../../components/table';
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
          <ImportList onDone={lists.reload} />
        </div>
      )}
      <Loaded data={lists}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="weak">{t('lists_none')}</p>
          ) : (
            <TableBox>
              <Table
                class="live"
                rows={items}
                toKey={({ exclusion_id }) => exclusion_id}
                columns={[
                  [
                    t('name'),
                    ({ exclusion_id, name }) => (
                      <a href={besideList(`/plan/exclusions/${exclusion_id}`)}>
                        <bdi>{name}</bdi>
                      </a>
                    ),
                    'name',
                  ],
                  [t('owner'), ({ owner }) => <bdi>{owner}</bdi>],
                  [t('reason'), ({ reason }) => <bdi>{reason}</bdi>],
                  [t('entries'), ({ entry_count }) => formatNumber(entry_count), 'number'],
                  [t('changed'), ({ updated_time }) => <Time at={updated_time} />],
                ]}
              />
            </TableBox>
          )
        }
      </Loaded>
      <PanelPager cursor={cursor} next={lists.value?.next_cursor} />
    </>
  );
}
