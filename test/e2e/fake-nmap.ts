import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A stand-in for a program that may not be on this machine, in a directory of its own that serves as a node's whole
 * PATH: answering at first, then absent or failing, as a test needs it. A node asks at its start whether it is there.
 * The node, its report and its parser are the real ones.
 */
export interface FakeNmap {
  /** What a node's PATH is to be. */
  path: string;
  remove(): void;
  /** Runs until it is killed. */
  hang(): void;
  /** Reports port 80 open. `failures` times, all addresses together, it ends badly first. */
  install(options?: { failures: number }): void;
}

const REPORT =
  '<?xml version="1.0"?><nmaprun><host><ports><port protocol="tcp" portid="80"><state state="open"/><service name="http"/></port></ports></host></nmaprun>';

export function createFakeNmap(dir: string): FakeNmap {
  const path = join(dir, 'nmap-bin');
  const program = join(path, 'nmap');
  mkdirSync(path, { recursive: true });
  const write = (...lines: string[]) =>
    writeFileSync(program, ['#!/bin/sh -C', ...lines, ''].join('\n'), { mode: 0o755 });
  const fake: FakeNmap = {
    path,
    remove: () => rmSync(program, { force: true }),
    hang: () => write('exec /bin/sleep 3600'),
    install({ failures } = { failures: 0 }) {
      // A file per failure; `noclobber` (-C) makes each taken once, whoever else runs. It starts no other process.
      const tries = Array.from({ length: failures }, (_, i) => join(path, `failure-${i}-${Date.now()}`));
      const fail = tries.map((file) => `{ true > '${file}'; } 2>/dev/null && exit 3`);
      const answer = `echo '${REPORT}'`;
      write(...fail, answer);
    },
  };
  fake.install();
  return fake;
}
