import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runConformance } from '@cyberstroll/conformance';
import { withOwnVhost } from './vhost-for';

const root = resolve(__dirname, '../..');
const example = join(root, 'deploy/examples/python-node');

/** One line of the example node in Python, replaced: the rule that the node breaks then. */
const SINS = [
  { breaks: 'heartbeat-fields', line: 'capacity=CAPACITY,', by: 'capacity=1,' },
  { breaks: 'pool-queue', line: 'set_qos(1)', by: 'set_qos(10)' },
  { breaks: 'amqp-heartbeat', line: 'heartbeat=10', by: 'heartbeat=60' },
  {
    breaks: 'claims-before-ack',
    line: 'await asyncio.gather(*(claim.confirmed.wait() for claim in claims if claim))',
    by: 'pass',
  },
  { breaks: 'older-attempt', line: 'if known and known.update["attempt"] > subtask["attempt"]', by: 'if False' },
  { breaks: 'excluded-address', line: 'if not may_scan(job,', by: 'if not may_scan({**job, "excluded": []},' },
  { breaks: 'unreadable-exclusion', line: 'if job["invalid"]:', by: 'if False:' },
  { breaks: 'unreadable-job', line: 'message.reject(requeue=False)', by: 'message.reject(requeue=True)' },
  { breaks: 'subtask-timeout', line: ', claim.job["subtask_timeout"])', by: ', 60)' },
  {
    breaks: 'paused-job',
    line: 'if self.state_of(job["task_id"]) == "running":',
    by: 'if self.state_of(job["task_id"]) != "ended":',
  },
  {
    breaks: 'running-lifts-ended',
    line: 'if state in ("paused", "ended", "running"):',
    by: 'if state in ("paused", "ended") or (state == "running" and self.state_of(task_id) != "ended"):',
  },
  { breaks: 'lost-lease', line: 'state == "lost"', by: 'state == "never"' },
  { breaks: 'waits-for-repeated', line: 'self.sees_after = None, NEVER', by: 'self.sees_after = None, 0' },
  { breaks: 'killed', line: 'INSTANCE_ID = str(uuid.uuid4())', by: 'INSTANCE_ID = "always-the-same"' },
  { breaks: 'valid-updates', line: 'sent_time=now()', by: 'sent_time=1' },
  { breaks: 'publishes', line: 'DeliveryMode.PERSISTENT', by: 'DeliveryMode.NOT_PERSISTENT' },
];
/** Checked of every node beside its own rule. With BAD_NODES=each, so are the rules that the other nodes break. */
const OTHERS = ['registers', 'scans', 'repeated-job', 'one-lease', 'sizes'];
if (process.env['BAD_NODES'] === 'each') OTHERS.push(...SINS.map(({ breaks }) => breaks));

async function findBrokenRules({ breaks, line, by }: (typeof SINS)[number]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bad-node-'));
  try {
    cpSync(example, folder, { recursive: true });
    const source = readFileSync(join(folder, 'node.py'), 'utf8');
    if (!source.includes(line)) throw new Error(`the node has no ${line}`);
    writeFileSync(join(folder, 'node.py'), source.replace(line, by));
    const command = `${root}/.local/python-node/bin/python ${folder}/node.py`;
    const verdicts = await withOwnVhost((rabbitmqUrl) =>
      runConformance({ command, rabbitmqUrl, quick: true, only: [...OTHERS, breaks] }),
    );
    const broken = verdicts.filter(({ verdict }) => verdict !== 'ok');
    if (broken.length !== 1) console.error(broken);
    return broken.map(({ name }) => name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('a node that breaks one rule fails that rule and no other', async () => {
  // All at once: a rule waits most of its time.
  const found = await Promise.all(SINS.map(async (sin) => [sin.breaks, await findBrokenRules(sin)] as const));
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(SINS.map(({ breaks }) => [breaks, [breaks]])));
}, 120_000);
