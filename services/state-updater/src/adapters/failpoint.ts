/** Where a fault test may have this process die. Never set where it matters. */
export const FAILPOINT_PATTERN = /^after_commit_before_ack:(0(\.\d+)?|1)$/;

/**
 * What `FAILPOINT` asks for: a kill -9 of this process by itself, with the probability that stands behind the name, in the
 * moment when a batch is committed and not yet acked. Without it, nothing.
 */
export function createFailpoint(setting: string | undefined): () => void {
  if (setting === undefined) return () => undefined;
  const probability = Number(setting.split(':')[1]);
  return () => {
    if (Math.random() < probability) process.kill(process.pid, 'SIGKILL');
  };
}
