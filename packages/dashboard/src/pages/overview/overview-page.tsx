import { unwrap } from '@cyberstroll/client';
import { useData } from '../../api/use-data';
import { client } from '../../app/session';
import { Loaded } from '../../components/notice';
import { formatNumber } from '../../language/define-texts';
import { t } from './texts';

/** What the whole system does now. */
export default function OverviewPage() {
  const statistics = useData(() => unwrap(client.GET('/api/statistics')), { key: 'statistics', every: 2_000 });
  return (
    <>
      <h1>{t('title')}</h1>
      <Loaded data={statistics}>
        {({ tasks }) => (
          <dl class="figures">
            <div>
              <dt>{t('running')}</dt>
              <dd>{formatNumber(tasks.RUNNING)}</dd>
            </div>
          </dl>
        )}
      </Loaded>
    </>
  );
}
