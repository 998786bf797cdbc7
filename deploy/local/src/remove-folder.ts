import { rm } from 'node:fs/promises';

/**
 * Removes a folder with all that is in it, if it is there. What a process leaves can change for a moment after its end:
 * it is read and removed again then, ten times within 6 s.
 */
export const removeFolder = (dir: string): Promise<void> =>
  rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
