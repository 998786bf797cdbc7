import { removeFolder } from '../../src/remove-folder';
import './global-setup';

export default async function globalTeardown(): Promise<void> {
  const run = globalThis.testRun;
  if (!run) return;
  await run.engines?.kill();
  // The tests have passed or failed before. The next run removes what is left.
  await removeFolder(run.folder).catch((error: Error) => console.error(`left behind: ${error.message}`));
}
