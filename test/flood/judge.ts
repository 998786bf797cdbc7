import { type FloodFigures, toThirds } from './figures';
import type { Sight } from './watch-system';

/** Of a state-updater, however much waits. */
const MAX_UPDATER_MB = 300;
/** What a process may grow by from the first third of a part of the run to its last: more follows the backlog. */
const MAX_GROWTH_MB = 80;
/** The sender may fall so far behind the rate that it was to offer. */
const LEAST_OFFERED = 0.9;

/** What a flood broke of what is promised for one, in words; nothing where all held. */
export function judge(figures: FloodFigures): string[] {
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
  for (const [part, sight] of Object.entries({ flood: during, recovery: after })) {
    for (const [answer, count] of Object.entries(sight.creates)) {
      expect(['201', '429'].includes(answer), `${part}: a create was answered ${answer}, ${count} times`);
    }
    expect(sight.refused_without_wait === 0, `${part}: ${sight.refused_without_wait} refusals without Retry-After`);
    expect(sight.failed_reads === 0, `${part}: ${sight.failed_reads} reads of the task failed`);
    expect(sight.frames > 0, `${part}: the subscriber got no frame`);
    broken.push(...judgeMemory(part, sight));
  }
  return broken;
}

function judgeMemory(part: string, { rss_mb }: Sight): string[] {
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
