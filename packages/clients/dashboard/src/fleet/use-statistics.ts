import { type FleetStatistics, unwrap } from '@cyberstroll/client';
import { client } from '../api/session';
import { type Data, useData } from '../api/use-data';

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
