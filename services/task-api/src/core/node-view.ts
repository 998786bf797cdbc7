import type { Node } from '@cyberstroll/contracts';

const LISTED_CURRENT_TASKS = 100;

/** A node as clients see it: the first hundred of what it runs now; `current_task_count` says how many there are. */
export const toNodeView = ({ former_instances: _, ...node }: Node): Omit<Node, 'former_instances'> => ({
  ...node,
  current_tasks: node.current_tasks.slice(0, LISTED_CURRENT_TASKS),
});
