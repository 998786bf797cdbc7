import { useData, useGet } from '../../api/use-data';
import { inWords } from '../../components/in-words';
import { Loaded } from '../../components/notice';
import { TableBox } from '../../components/scroll-box';
import { Table } from '../../components/table';
import { Time } from '../../components/time';
import { formatNumber, ruleName } from '../../language/define-texts';
import { AlertActions, AlertState, Subject } from './alert-parts';
import { t } from './texts';

/** One alert: its history, and what to do about it. */
export default function AlertPage({ alert_id }: { alert_id: string }) {
  const alert = useGet('/api/alerts/{alert_id}', { path: { alert_id } }, 3_000);
  return (
    <>
      <p>
        <a href="/problems">{t('back')}</a>
      </p>
      <Loaded data={alert}>
        {(read) => (
          <>
            <h1>{ruleName(read.rule)}</h1>
            <p>
              <AlertState {...read} /> · {t(read.severity)} · <Subject alert={read} /> · <Time at={read.raised_time} />
            </p>
            <p>
              <bdi>{inWords(read.summary, read.sentence)}</bdi>
            </p>
            <p class="weak">
              {read.value !== undefined && t('value', { value: read.value, threshold: read.threshold ?? '–' })}{' '}
              {t('occurrences')}
              {t('colon')}
              {formatNumber(read.occurrences)}
            </p>
            <AlertActions alert={read} onDone={alert.reload} />
            <h2>{t('history')}</h2>
            <TableBox>
              <Table
                rows={read.history}
                toKey={(entry) => `${entry.timestamp}-${entry.state}`}
                columns={[
                  [t('time'), ({ timestamp }) => <Time at={timestamp} />],
                  [t('state'), ({ state }) => <AlertState state={state} />],
                  [t('operator'), ({ operator }) => <bdi>{operator}</bdi>],
                  [t('reason'), ({ reason, sentence }) => <bdi>{inWords(reason, sentence)}</bdi>],
                ]}
              />
            </TableBox>
            <h2>{t('runbook')}</h2>
            <Runbook rule={read.rule} />
          </>
        )}
      </Loaded>
    </>
  );
}

/** The runbook of a rule: a page of the documentation, which the build made HTML of. */
function Runbook({ rule }: { rule: string }) {
  const page = useData(
    async (signal) => {
      const response = await fetch('/runbooks.json', { signal });
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      return ((await response.json()) as Record<string, string>)[rule] ?? '';
    },
    { key: rule },
  );
  return <Loaded data={page}>{(html) => <BuiltHtml html={html} />}</Loaded>;
}

/** HTML of the project's own documentation, built with the page. */
const BuiltHtml = ({ html }: { html: string }) => <div class="runbook" dangerouslySetInnerHTML={{ __html: html }} />;
