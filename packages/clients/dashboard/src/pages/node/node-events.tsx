import type { FleetEvent } from '@cyberstroll/client';
import { useGet } from '../../api/use-data';
import { Empty, Loaded } from '../../components/notice';
import { Time } from '../../components/time';
import { isTrouble, toNodeEventText } from '../../fleet/fleet-events';
import { t } from './texts';

const READ_EVERY = 30_000;
/** As long as the API keeps them: 30 days. */
const MINUTES = 43_200;
const MOST = 30;

/** When its processes started, restarted, left or were lost. */
export default function NodeEvents({ nodeId }: { nodeId: string }) {
  const query = { minutes: MINUTES, node_id: nodeId };
  const events = useGet('/api/statistics/events', { query }, READ_EVERY);
  return (
    <>
      <h2>{t('processes')}</h2>
      <Loaded data={events}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty>{t('no_events')}</Empty>
          ) : (
            <>
              <p>
                {t('restarts', { restarts: countOf(items, 'node_restarted'), losses: countOf(items, 'node_lost') })}
              </p>
              <ul class="node-events">
                {items
                  .slice(-MOST)
                  .reverse()
                  .map((event) => (
                    <li key={`${event.time} ${event.kind}`} title={event.detail}>
                      <Time at={event.time} />{' '}
                      <span class={isTrouble(event) ? 'trouble' : ''}>{toNodeEventText(event)}</span>
                    </li>
                  ))}
              </ul>
              {items.length > MOST && <p class="weak">{t('more', { count: items.length - MOST })}</p>}
            </>
          )
        }
      </Loaded>
    </>
  );
}

const countOf = (events: readonly FleetEvent[], kind: FleetEvent['kind']): number =>
  events.filter((event) => event.kind === kind).length;
