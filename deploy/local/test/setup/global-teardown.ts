import { rmSync } from 'node:fs';
import './global-setup';

export default async function globalTeardown(): Promise<void> {
  const started = globalThis.startedEngines;
  if (!started) return;
  await started.engines.kill();
  rmSync(started.dir, { recursive: true, force: true });
}
