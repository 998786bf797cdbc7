import type { Plan } from '../core/plan-dispatch';
import { toSmoothTasks } from '../core/smooth-tasks';
import type { PassMemory } from './memory';
import type { PassFacts } from './read';
import type { Sent } from './send';

/** After a turn that found no room under any limit, and before the next. */
const NO_ROOM_MS = 100;

/** What this pass leaves for the next. */
export function remember(
  { smooth }: PassMemory,
  { observation, gates, seen, others }: PassFacts,
  { limited, plan, hadTurn, sent, isIdle, idlePasses }: Passed,
  now: Date,
): PassMemory {
  const isFull =
    hadTurn && ![...plan.chunks, ...plan.again, ...plan.retries].some(({ task_id }) => limited.has(task_id));
  return {
    observation,
    gates,
    limited,
    noRoomUntil: isFull ? new Date(now.getTime() + NO_ROOM_MS) : new Date(0),
    idlePasses: isIdle ? idlePasses + 1 : 0,
    smooth: toSmoothTasks(smooth, {
      known: [...seen, ...others].map(({ task_id }) => task_id),
      outcomes: new Map(sent.tasks.map(({ task_id, outcome }) => [task_id, outcome])),
    }),
  };
}

export interface Passed extends Pick<PassMemory, 'limited' | 'idlePasses'> {
  plan: Plan;
  hadTurn: boolean;
  sent: Sent;
  /** It had nothing to send. */
  isIdle: boolean;
}
