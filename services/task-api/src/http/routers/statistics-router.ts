import { networkSchema, SAMPLE_SECONDS } from '@cyberstroll/contracts';
import { Router } from 'express';
import { addOperations } from '../add-operations';
import type { AppDeps } from '../app-deps';

/** The statistics of all tasks, nodes and queues, now and in the last hour; and what a text may mean. */
export function createStatisticsRouter({
  store,
  statistics,
}: Pick<AppDeps<'samples' | 'search'>, 'store' | 'statistics'>): Router {
  const router = Router();
  addOperations(router, {
    getStatistics: async () => ({ body: await statistics() }),

    async getStatisticsHistory({ query: { minutes } }) {
      const items = await store.samples.find(minutes, new Date());
      return { body: { interval_seconds: SAMPLE_SECONDS, items } };
    },

    async search({ query: { q: text }, caller }) {
      const target = networkSchema.safeParse(text).success ? text : undefined;
      return { body: await store.search.search({ text, target, within: caller.scope?.ranges }) };
    },
  });
  return router;
}
