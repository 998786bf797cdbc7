import { type FloodFigures, toThirds } from './figures';
import type { Observation } from './watch-system';

/** Of a state-updater, however much waits. */
const MAX_UPDATER_MB = 300;
/** What a process may grow by from the first third of a part of the run to its last: more follows the backlog. */
const MAX_GROWTH_MB = 80;
/** A flood is this share of the factor at least, times what was applied in the same time. */
const LEAST_SHARE = 0.25;

/** What a flood broke of what is promised for one, in words; nothing where all held. */
export function findBrokenPromises(figures: FloodFigures): string[] {
  const { factor, updates, applied_in_flood, during, after, status, completed, recounted } = figures;
  const broken: string[] = [];
  const expect = (holds: boolean, otherwise: string) => {
    if (!holds) broken.push(otherwise);
  };

  const times = updates / Math.max(1, applied_in_flood);
  expect(times >= factor * LEAST_SHARE, `no flood: ${times.toFixed(1)} times what was applied meanwhile`);
  expect(status === 'COMPLETED', `not all applied: the task is ${status}`);
  expect(completed === updates, `not all applied once: ${completed} counted of ${updates}`);
  expect(recounted === updates, `not all applied once: ${recounted} subtasks are completed of ${updates}`);
  expect((during.creates['429'] ?? 0) > 0, 'no new task was refused during the flood');
  expect((after.creates['201'] ?? 0) > 0, 'no new task was taken after the recovery');
  for (const [part, observation] of Object.entries({ flood: during, recovery: after })) {
    for (const [answer, count] of Object.entries(observation.creates)) {
      expect(['201', '429'].includes(answer), `${part}: a create was answered ${answer}, ${count} times`);
    }
    expect(
      observation.refused_without_wait === 0,
      `${part}: ${observation.refused_without_wait} refusals without Retry-After`,
    );
    for (const why of observation.failed_reads) expect(false, `${part}: a read of the task failed: ${why}`);
    expect(observation.frames > 0, `${part}: the subscriber got no frame`);
    broken.push(...checkMemory(part, observation));
  }
  return broken;
}

function checkMemory(part: string, { rss_mb }: Observation): string[] {
  return Object.entries(rss_mb).flatMap(([service, series]) => {
    const { first, last } = toThirds(series);
    const most = Math.max(...series);
    const limit = service === 'state-updater' ? MAX_UPDATER_MB : Number.POSITIVE_INFINITY;
    return [
      ...(most > limit ? [`${part}: ${service} took ${most} MB, more than ${limit}`] : []),
      ...(last - first > MAX_GROWTH_MB ? [`${part}: ${service} grew from ${first} to ${last} MB`] : []),
    ];
  });
}
