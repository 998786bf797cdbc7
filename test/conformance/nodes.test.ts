import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ALL_MESSAGES, RULES, type RuleVerdict, runConformance } from '@cyberstroll/conformance';
import { toServiceScript } from '@cyberstroll/local';
import { startCli } from '../e2e/run-cli';
import { withOwnVhost } from './vhost-for';

const root = resolve(__dirname, '../..');
const SCANNER_NODE = `${process.execPath} ${toServiceScript('scanner-node')}`;
const NODES = {
  typescript: SCANNER_NODE,
  python: '.local/python-node/bin/python packages/nodes/examples/python-node/node.py',
  go: '.local/go-node',
};

/** The rules wait most of their time: several processes of each node are checked at once, each for a part of them. */
const PARTS = 3;
const toPart = (part: number) =>
  RULES.filter((rule, i) => i % PARTS === part || rule.name in ALL_MESSAGES).map(({ name }) => name);

/** Broken rules, by name, and what was seen; each rule that was checked. */
async function checkNode(command: string) {
  const parts = Array.from({ length: PARTS }, (_, part) =>
    withOwnVhost((rabbitmqUrl) =>
      runConformance({ command, rabbitmqUrl, quick: true, patient: true, cwd: root, only: toPart(part) }),
    ),
  );
  const verdicts = (await Promise.all(parts)).flat();
  return { broken: findBroken(verdicts), checked: new Set(verdicts.map(({ name }) => name)) };
}

const findBroken = (verdicts: readonly RuleVerdict[]) =>
  verdicts.filter(({ verdict }) => verdict !== 'ok').map(({ name, verdict, seen }) => `${verdict} ${name}: ${seen}`);

/** By the command line, with a broker that it starts itself. */
async function checkByCli() {
  const cwd = mkdtempSync(join(tmpdir(), 'conformance-cli-'));
  try {
    const rules = ['scans', 'drain'].flatMap((rule) => ['--rule', rule]);
    const args = ['conformance', '--json', ...rules, '--command', SCANNER_NODE];
    const { code, stdout, stderr } = await startCli(args, cwd, { PATH: process.env['PATH']! }).ended;
    if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`);
    return { code, verdicts: (JSON.parse(stdout) as { rules: RuleVerdict[] }).rules };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

it('the nodes in TypeScript, Python and Go keep every rule of the contract', async () => {
  const all: Awaited<ReturnType<typeof checkNode>> = { broken: [], checked: new Set(RULES.map(({ name }) => name)) };
  const checks = Object.entries(NODES).map(async ([name, command]) => [name, await checkNode(command)] as const);
  const [byCli, ...results] = await Promise.all([checkByCli(), ...checks]);
  expect(results).toEqual(Object.keys(NODES).map((name) => [name, all]));
  expect(byCli.verdicts).toMatchObject(['registers', 'scans', 'drain'].map((name) => ({ name, verdict: 'ok' })));
  expect(byCli.code).toBe(0);
}, 900_000);

/** Declares the queue of its pool without arguments, complains in six lines, and ends. */
const REFUSED_NODE = `
  const { connect } = require("amqplib");
  connect(process.env.RABBITMQ_URL)
    .then((connection) => connection.createChannel())
    .then((channel) => channel.on("error", () => {}).assertQueue("cs.jobs." + process.env.POOLS))
    .catch(() => {
      for (let line = 1; line <= 6; line++) console.error("complaint " + line);
      process.exit(3);
    });
`;

it('a node that never registers: what the broker refused it, its exit code, its last lines, what was not checked', async () => {
  const { code, stdout, stderr } = await withOwnVhost((RABBITMQ_URL) => {
    const command = `${process.execPath} -e '${REFUSED_NODE}'`;
    return startCli(['conformance', '--command', command], join(root, 'test'), { RABBITMQ_URL }).ended;
  });
  const refused = 'the broker refused queue.declare: PRECONDITION_FAILED - inequivalent arg';
  expect(stdout).toContain(`\n\nregisters is broken: the program ended at once, with exit code 3; ${refused}`);
  expect(stdout).toContain(`\n\npool-queue is broken: ${refused}`);
  const lines = [2, 3, 4, 5, 6].map((line) => `    complaint ${line}\n`);
  expect(stdout).toContain(`\n  the last lines of the node:\n${lines.join('')}`);
  expect([code, stderr.trimEnd().split('\n').at(-1)]).toEqual([
    1,
    `error: 2 of ${RULES.length} rules are broken, ${RULES.length - 2} not checked`,
  ]);
});
