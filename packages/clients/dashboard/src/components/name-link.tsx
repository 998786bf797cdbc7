import type { Task } from '@cyberstroll/client';
import { toNodePath } from '../fleet/standing';

/** Characters of targets that stand for a name. */
const MOST = 60;

/** The beginning of targets, which may be very long. */
export const cutTargets = (targets: string): string => (targets.length > MOST ? `${targets.slice(0, MOST)}…` : targets);

/** What a task is called everywhere: by its name, else by its targets. */
export const toTaskName = ({ name, task_target }: Pick<Task, 'name' | 'task_target'>): string =>
  name ?? cutTargets(task_target);

/** What is opened by its name, which may be in any script. */
export const NameLink = ({ href, name }: { href: string; name: string }) => (
  <a href={href}>
    <bdi>{name}</bdi>
  </a>
);

export const TaskLink = ({ task }: { task: Pick<Task, 'task_id' | 'name' | 'task_target'> }) => (
  <NameLink href={`/tasks/${task.task_id}`} name={toTaskName(task)} />
);

/** In a narrow column its id is cut: the pointer shows the whole. */
export const NodeLink = ({ nodeId }: { nodeId: string }) => (
  <a href={toNodePath(nodeId)}>
    <bdi title={nodeId}>{nodeId}</bdi>
  </a>
);
