import { type FloodFigures, toThirds } from './figures';
import type { Observation } from './watch-system';

/** Of a state-updater, however much waits. */
const MAX_UPDATER_MB = 300;
/** What a process may grow by from the first third of a part of the run to its last: more follows the backlog. */
const MAX_GROWTH_MB = 80;
/** The sender may fall so far behind the rate that it was to offer. */
const LEAST_OFFERED = 0.9;

/** What a flood broke of what is promised for one, in words; nothing where all held. */
export function findBrokenPromises(figures: FloodFigures): string[] {
  const { factor, sustained, offered, updates, during, after, status, completed, recounted } = figures;
  const broken: string[] = [];
  const expect = (holds: boolean, otherwise: string) => {
    if (!holds) broken.push(otherwise);
  };

  const times = offered / sustained;
  expect(times >= factor * LEAST_OFFERED, `no flood: ${times.toFixed(1)} times the sustained rate, not ${factor}`);
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
    expect(observation.failed_reads === 0, `${part}: ${observation.failed_reads} reads of the task failed`);
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
