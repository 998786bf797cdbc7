import type { FleetEvent } from '@cyberstroll/client';
import type { ChartFrame } from '../../components/chart';

/** Events that stand so near to each other that one mark is for all of them. */
export interface EventGroup {
  /** Pixels from the left. */
  x: number;
  events: FleetEvent[];
}

/** Two marks are at least so far apart, in pixels. */
const LEAST_GAP = 16;

/** The marks of a chart. `events`: the oldest first. A mark is where its first event is. */
export function groupEvents(
  events: readonly FleetEvent[],
  { from, to, width }: Pick<ChartFrame, 'from' | 'to' | 'width'>,
): EventGroup[] {
  const groups: EventGroup[] = [];
  for (const event of events) {
    const at = Date.parse(event.time) / 1_000;
    if (at < from || at > to) continue;
    const x = (width * (at - from)) / Math.max(1, to - from);
    const last = groups.at(-1);
    if (last && x - last.x < LEAST_GAP) last.events.push(event);
    else groups.push({ x, events: [event] });
  }
  return groups;
}
