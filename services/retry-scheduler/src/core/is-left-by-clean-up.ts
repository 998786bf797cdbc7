const DAY_MS = 86_400_000;

/**
 * Whether a task that does not exist is old enough to have been cleaned up, so that what is left of it may go. A younger one
 * was deleted by somebody's hand, who may want the rest. The first 4 bytes of a task's id are its creation in seconds.
 */
export function isLeftByCleanUp(taskId: string, expireDays: number, now: Date): boolean {
  const createdMs = Number.parseInt(taskId.slice(0, 8), 16) * 1_000;
  return createdMs <= now.getTime() - expireDays * DAY_MS;
}
