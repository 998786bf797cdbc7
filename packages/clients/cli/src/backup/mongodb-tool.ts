import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsMaterial } from '@cyberstroll/runtime';
import type { CommandContext } from '../command-context';
import { runProgram } from './run-program';

/**
 * Runs mongodump or mongorestore. The process list shows neither the URI, which holds the password, nor keys: they are
 * in a folder that only the owner may read, and that is gone afterwards.
 */
export async function runMongodbTool(
  tool: 'mongodump' | 'mongorestore',
  words: string[],
  { uri, tls }: { uri: string; tls: TlsMaterial | undefined },
  context: CommandContext,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cyberstroll-'));
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  try {
    // JSON is YAML.
    const access = [`--config=${write('config.yaml', JSON.stringify({ uri }))}`];
    if (tls?.ca) access.push(`--sslCAFile=${write('ca.pem', tls.ca)}`);
    if (tls?.cert && tls.key) access.push(`--sslPEMKeyFile=${write('own.pem', `${tls.cert}\n${tls.key}`)}`);
    await runProgram(tool, [...access, ...words], context);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
