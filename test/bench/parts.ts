import type { AllFigures, Part } from './part';
import { dashboardsPart } from './parts/dashboards';
import { fanOutPart } from './parts/fan-out';
import { floorPart } from './parts/floor';
import { growthPart } from './parts/growth';
import { latencyPart } from './parts/latency';
import { manyTasksPart } from './parts/many-tasks';
import { openTasksPart } from './parts/open-tasks';
import { peersPart } from './parts/peers';
import { profilePart } from './parts/profile';
import { requestsPart } from './parts/requests';
import { secondsPart } from './parts/seconds';
import { taskPart } from './parts/task';
import { thinPart } from './parts/thin';
import { wideTaskPart } from './parts/wide-task';

/** In the order in which they run. Parts of one kind of stack are next to each other: they share one stack. */
export const PARTS: { [Name in keyof AllFigures]: Part<AllFigures[Name]> } = {
  task: taskPart,
  floor: floorPart,
  peers: peersPart,
  'many-tasks': manyTasksPart,
  latency: latencyPart,
  thin: thinPart,
  requests: requestsPart,
  'wide-task': wideTaskPart,
  profile: profilePart,
  'open-tasks': openTasksPart,
  growth: growthPart,
  'fan-out': fanOutPart,
  dashboards: dashboardsPart,
  seconds: secondsPart,
};
