import type { SubTaskStatus, TaskStatus } from '@cyberstroll/state-machine';
import { stateName } from '../language/define-texts';
import { NODE_LOOKS, type NodeStanding, SUBTASK_LOOKS, TASK_LOOKS } from './states';

export const TaskState = ({ status }: { status: TaskStatus }) => (
  <Badge {...TASK_LOOKS[status]} name={stateName(status)} />
);

export const SubTaskState = ({ status }: { status: SubTaskStatus }) => (
  <Badge {...SUBTASK_LOOKS[status]} name={stateName(status)} />
);

export const NodeState = ({ standing }: { standing: NodeStanding }) => (
  <Badge {...NODE_LOOKS[standing]} name={stateName(standing)} />
);

export const Badge = ({ tone, glyph, name }: { tone: string; glyph: string; name: string }) => (
  <span class={`badge tone-${tone}`}>
    <span aria-hidden="true">{glyph}</span> {name}
  </span>
);
