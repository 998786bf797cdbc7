import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RULES, type RuleVerdict, runConformance } from '@cyberstroll/conformance';
import { startCli } from '../e2e/run-cli';
import { withOwnVhost } from './vhost-for';

const root = resolve(__dirname, '../..');
const PYTHON_NODE = '.local/python-node/bin/python deploy/examples/python-node/node.py';

const checkNode = (command: string) =>
  withOwnVhost((rabbitmqUrl) => runConformance({ command, rabbitmqUrl, quick: true, cwd: root }));

/** By the command line, with a broker that it starts itself. */
async function checkByCli(command: string): Promise<{ verdicts: RuleVerdict[]; code: number | null }> {
  const cwd = mkdtempSync(join(tmpdir(), 'conformance-cli-'));
  try {
    const environment = { PATH: process.env['PATH']! };
    const { code, stdout } = await startCli(
      ['conformance', '--quick', '--json', '--command', command],
      cwd,
      environment,
    ).ended;
    return { verdicts: (JSON.parse(stdout) as { rules: RuleVerdict[] }).rules, code };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

const toTable = (verdicts: RuleVerdict[]) => verdicts.map(({ name, verdict, seen }) => `${verdict} ${name}: ${seen}`);
const findBroken = (verdicts: RuleVerdict[]) => toTable(verdicts.filter(({ verdict }) => verdict !== 'ok'));

it('the nodes in TypeScript, Python and Go keep every rule of the contract', async () => {
  const [byCli, python, go] = await Promise.all([
    checkByCli(`${process.execPath} ${join(root, 'services/scanner-node/dist/main.js')}`),
    checkNode(PYTHON_NODE),
    checkNode('.local/go-node'),
  ]);
  const broken = { typescript: findBroken(byCli.verdicts), python: findBroken(python), go: findBroken(go) };
  expect(broken).toEqual({ typescript: [], python: [], go: [] });
  expect(byCli.code).toBe(0);
  expect(byCli.verdicts.map(({ name }) => name)).toEqual(RULES.map(({ name }) => name));
}, 240_000);
