import { type FleetStatistics, unwrap } from '@cyberstroll/client';
import { useRef } from 'preact/hooks';
import { client } from '../api/session';
import { type Data, useData } from '../api/use-data';
import { serverNow } from '../browser/clock';
import { query } from '../browser/navigation';
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
const READ_EVERY = { '1h': 10_000, '24h': 60_000, '7d': 300_000 } as const;

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

/**
 * The figures of the whole system, each 2 s. They are not live while RabbitMQ is down: what nodes do meanwhile is
 * reported when it is back.
 */
export const useStatistics = (): Data<FleetStatistics> =>
  useData((signal) => unwrap(client.GET('/api/statistics', { signal })), {
    key: 'statistics',
    every: 2_000,
    isLive: ({ queues }) => queues !== null,
  });
