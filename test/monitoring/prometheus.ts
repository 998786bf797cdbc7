/** A real Prometheus for one test: on loopback and a free port, its data in a directory of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPrivateProcess, findFreePort, findPrometheus, removeFolder } from '@cyberstroll/local';
import { stringify } from 'yaml';

export interface Sample {
  metric: Record<string, string>;
  value: number;
}

export interface Prometheus {
  /** Rejects with Prometheus' own words where it does not understand. */
  query(expr: string): Promise<Sample[]>;
  stop(): Promise<void>;
}

function findPrograms() {
  const programs = findPrometheus();
  if (!programs) throw new Error('Prometheus is missing: npm run setup');
  return programs;
}

/** Runs promtool; `input` is its stdin. */
export function runPromtool(args: string[], { input = '', cwd }: { input?: string; cwd?: string } = {}) {
  const { status, stdout, stderr } = spawnSync(findPrograms().tool, args, { input, cwd, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}`.trim() };
}

/**
 * Scrapes `targets` (`host:port`) every three seconds, which is also how long a busy service may take to answer.
 * `rules` is the text of a rules file.
 */
export async function startPrometheus({ targets, rules }: { targets: string[]; rules: string }): Promise<Prometheus> {
  const dir = mkdtempSync(join(tmpdir(), 'cyberstroll-prometheus-'));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  writeFileSync(join(dir, 'rules.yml'), rules);
  writeFileSync(
    join(dir, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: '3s', scrape_timeout: '3s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'cyberstroll', static_configs: [{ targets }] }],
    }),
  );
  const server = createPrivateProcess({
    name: 'prometheus',
    dir,
    command: findPrograms().server,
    args: [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    isReady: async () => {
      if (!(await fetch(`${url}/-/ready`)).ok) throw new Error('not ready');
    },
    readyTimeoutMs: 120_000,
    stopGraceMs: 5_000,
  });
  await server.start();
  return {
    async query(expr) {
      const response = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: expr }),
      });
      const answer = (await response.json()) as {
        status: string;
        error?: string;
        data: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      if (answer.status !== 'success') throw new Error(`${expr}: ${answer.error}`);
      return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
    async stop() {
      await server.stop();
      await removeFolder(dir);
    },
  };
}
