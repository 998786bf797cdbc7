import { type FleetStatistics, unwrap } from '@cyberstroll/client';
import { useRef } from 'preact/hooks';
import { client } from '../api/session';
import { type Data, useData } from '../api/use-data';
import { serverNow } from '../browser/clock';
import { addSamples, toMissingMinutes } from './add-samples';

const read = (minutes: number, signal: AbortSignal) =>
  unwrap(client.GET('/api/statistics/history', { params: { query: { minutes } }, signal }));

export type StatisticsSample = Awaited<ReturnType<typeof read>>['items'][number];

/** Seconds between two samples. */
export const SAMPLE_SECONDS = 10;

/** The figures of the last hour, a sample each 10 s, the oldest first. Later reads bring only what is new. */
export function useHistory(): Data<readonly StatisticsSample[]> {
  const known = useRef<readonly StatisticsSample[]>([]);
  return useData(
    async (signal) => {
      const { items } = await read(toMissingMinutes(known.current, serverNow.value), signal);
      known.current = addSamples(known.current, items);
      return known.current;
    },
    { key: 'history', every: SAMPLE_SECONDS * 1_000 },
  );
}

/**
 * The figures of the whole system, each 2 s. They are not live while RabbitMQ is away: what nodes do meanwhile is
 * reported when it is back.
 */
export const useStatistics = (): Data<FleetStatistics> =>
  useData((signal) => unwrap(client.GET('/api/statistics', { signal })), {
    key: 'statistics',
    every: 2_000,
    isLive: ({ queues }) => queues !== null,
  });
