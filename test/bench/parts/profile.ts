import { join } from 'node:path';
import type { Part } from '../part';
import { startProfiler } from '../profile/profiler';
import { type ProfileSum, sumUp } from '../profile/sum-up';
import { createPlaces } from '../profile/to-place';
import { toNumber } from '../report/table';
import { runTask } from '../stack/run-task';

declare module '../part' {
  interface AllFigures {
    profile: ProfileFigures;
  }
}

export type ProfileFigures = (ProfileSum & { service: string })[];

const TOP = 8;

/** One more task, while V8's profiler watches one process of each service. */
export const profilePart: Part<ProfileFigures> = {
  title: 'where the CPU time of each service goes while a task runs',
  stack: 'noop',
  limitMinutes: 3,
  isDefault: false,
  async run({ stack, dir, api, options }) {
    const toPlace = createPlaces();
    const one = stack.services.filter(({ instance }) => instance.endsWith('-1'));
    const profilers = await Promise.all(
      one.map(({ instance, identity }) => startProfiler(identity!.pid, join(dir, 'logs', `${instance}.log`))),
    );
    await runTask(stack, api, options.n);
    const profiles = await Promise.all(profilers.map((profiler) => profiler.stop()));
    return profiles.map((profile, i) => ({ service: one[i]!.name, ...sumUp(profile, toPlace, TOP) }));
  },
  toTables: (figures) =>
    [...figures]
      .sort((a, b) => b.busy_seconds - a.busy_seconds)
      .map(({ service, busy_seconds, top }) => ({
        head: [`${service}: busy ${toNumber(busy_seconds)} s`, '%', 'file'],
        rows: top.map(({ name, place, share }) => [name, (share * 100).toFixed(1), place]),
      })),
};
