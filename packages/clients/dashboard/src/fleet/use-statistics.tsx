import { type FleetStatistics, unwrap } from '@cyberstroll/client';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import { client } from '../api/session';
import { type Data, useData } from '../api/use-data';
import { serverNow } from '../browser/clock';
import { query, withQuery } from '../browser/navigation';
import { defineTexts } from '../language/define-texts';
import { addSamples, toMissingMinutes } from './add-samples';

const read = (minutes: number, signal: AbortSignal) =>
  unwrap(client.GET('/api/statistics/history', { params: { query: { minutes } }, signal }));

export type StatisticsSample = Awaited<ReturnType<typeof read>>['items'][number];

/** How far back the charts reach, in minutes. The first one is what counts where the address names none. */
export const RANGES = { '1h': 60, '24h': 1_440, '7d': 10_080 } as const;
export type Range = keyof typeof RANGES;

export const readRange = (address: URLSearchParams): Range => {
  const asked = address.get('range');
  return asked === '24h' || asked === '7d' ? asked : '1h';
};

export interface FleetHistory {
  samples: readonly StatisticsSample[];
  /** Seconds between two samples. */
  every: number;
}

/** Milliseconds between two reads. */
const READ_EVERY = { '1h': 30_000, '24h': 60_000, '7d': 300_000 } as const;

/** The figures of the time that the address names, the oldest first. Of an hour, later reads bring only what is new. */
export function useHistory(): Data<FleetHistory> {
  const range = readRange(query.value);
  const known = useRef<readonly StatisticsSample[]>([]);
  return useData(
    async (signal) => {
      if (range !== '1h') {
        const { items, interval_seconds } = await read(RANGES[range], signal);
        return { samples: items, every: interval_seconds };
      }
      const { items, interval_seconds } = await read(toMissingMinutes(known.current, serverNow.value), signal);
      known.current = addSamples(known.current, items);
      return { samples: known.current, every: interval_seconds };
    },
    { key: `history ${range}`, every: READ_EVERY[range] },
  );
}

const Statistics = createContext<Data<FleetStatistics> | undefined>(undefined);

/**
 * Reads the figures of the whole system, once for all parts of the page. They are not live while RabbitMQ is down: what
 * nodes do meanwhile is reported when it is back.
 */
export function StatisticsReader({ children }: { children: ComponentChildren }) {
  const data = useData((signal) => unwrap(client.GET('/api/statistics', { signal })), {
    key: 'statistics',
    every: 5_000,
    isLive: ({ queues }) => queues !== null,
  });
  return <Statistics.Provider value={data}>{children}</Statistics.Provider>;
}

export const useStatistics = (): Data<FleetStatistics> => useContext(Statistics) as Data<FleetStatistics>;

/** Reads a list again at once when the figures about it change. So it is read rarely while nothing happens. */
export function useReload({ reload }: Pick<Data<unknown>, 'reload'>, figures: unknown): void {
  const said = JSON.stringify(figures);
  const before = useRef(said);
  useEffect(() => {
    if (before.current !== undefined && before.current !== said) reload();
    before.current = said;
  }, [said]);
}

const t = defineTexts({
  range: ['Time of the charts', '图表时间范围'],
  last_1h: ['1 h', '1 小时'],
  last_24h: ['24 h', '24 小时'],
  last_7d: ['7 d', '7 天'],
});

export const RangeLinks = () => (
  <nav class="range-links buttons" aria-label={t('range')}>
    {(Object.keys(RANGES) as Range[]).map((range) => (
      <a
        key={range}
        href={withQuery({ range: range === '1h' ? undefined : range })}
        aria-current={readRange(query.value) === range ? 'true' : undefined}
      >
        {t(`last_${range}`)}
      </a>
    ))}
  </nav>
);
