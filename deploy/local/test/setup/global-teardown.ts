import { removeFolder } from '../../src/remove-folder';
import './global-setup';

export default async function globalTeardown(): Promise<void> {
  const started = globalThis.startedEngines;
  if (!started) return;
  await started.engines.kill();
  // The tests have passed or failed before. The next run removes what is left.
  await removeFolder(started.dir).catch((error: Error) => console.error(`left behind: ${error.message}`));
}
