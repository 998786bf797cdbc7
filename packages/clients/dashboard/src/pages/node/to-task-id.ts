/** The task of a subtask, whose id is the task's, a dash and its index. */
export const toTaskId = (subTaskId: string): string => subTaskId.replace(/-\d+$/, '');
