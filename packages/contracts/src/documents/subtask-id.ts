/** `<task_id>-<index>`: a subtask is its place in the task's target set. */
export const toSubTaskId = (taskId: string, index: number): string => `${taskId}-${index}`;

/** The parts of a subtask id, or undefined if the text is not one. */
export function parseSubTaskId(subTaskId: string): { taskId: string; index: number } | undefined {
  const dash = subTaskId.indexOf('-');
  const index = Number(subTaskId.slice(dash + 1));
  if (dash !== 24 || !Number.isSafeInteger(index) || index < 0 || String(index) !== subTaskId.slice(25))
    return undefined;
  return { taskId: subTaskId.slice(0, 24), index };
}
