import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runConformance } from '@cyberstroll/conformance';
import { withOwnVhost } from './vhost-for';

const root = resolve(__dirname, '../..');
const example = join(root, 'deploy/examples/python-node');

/** One line of the example node in Python, replaced: the rule that the node breaks then. */
const SINS = [
  { breaks: 'heartbeat-fields', line: '"capacity": CAPACITY,', by: '"capacity": 1,' },
  { breaks: 'amqp-heartbeat', line: 'heartbeat=10', by: 'heartbeat=60' },
  { breaks: 'claims-before-ack', line: 'await asyncio.gather(*filter(None, claims))', by: 'pass' },
  { breaks: 'older-attempt', line: 'if known["attempt"] > subtask["attempt"]', by: 'if False' },
  { breaks: 'excluded-address', line: 'if not may_scan(job,', by: 'if not may_scan({**job, "excluded": []},' },
  { breaks: 'unreadable-exclusion', line: 'if job["invalid"]:', by: 'if False:' },
  { breaks: 'unreadable-job', line: 'message.reject(requeue=False)', by: 'message.reject(requeue=True)' },
  { breaks: 'subtask-timeout', line: ', claim["timeout"])', by: ', 60)' },
  {
    breaks: 'paused-job',
    line: 'if not (self.is_paused(task_id) or self.is_ended(task_id))',
    by: 'if not self.is_ended(task_id)',
  },
  { breaks: 'running-lifts-ended', line: ', self.ended.pop(task_id, None)', by: '' },
  { breaks: 'lost-lease', line: 'state == "lost"', by: 'state == "never"' },
  { breaks: 'killed', line: ', str(uuid.uuid4())\n', by: ', "always-the-same"\n' },
  { breaks: 'valid-updates', line: '"sent_time": now()', by: '"sent_time": 1' },
  { breaks: 'publishes', line: 'DeliveryMode.PERSISTENT', by: 'DeliveryMode.NOT_PERSISTENT' },
];
/** Checked of every node, so that a sin is seen to break its own rule alone. */
const CHECKED = ['registers', 'scans', 'repeated-job', 'one-lease', 'sizes', ...SINS.map(({ breaks }) => breaks)];

async function findBrokenRules({ line, by }: { line: string; by: string }): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bad-node-'));
  try {
    cpSync(example, folder, { recursive: true });
    const source = readFileSync(join(folder, 'node.py'), 'utf8');
    if (!source.includes(line)) throw new Error(`the node has no ${line}`);
    writeFileSync(join(folder, 'node.py'), source.replace(line, by));
    const command = `${root}/.local/python-node/bin/python ${folder}/node.py`;
    const verdicts = await withOwnVhost((rabbitmqUrl) =>
      runConformance({ command, rabbitmqUrl, quick: true, only: CHECKED }),
    );
    const broken = verdicts.filter(({ verdict }) => verdict !== 'ok');
    if (broken.length !== 1) console.error(broken);
    return broken.map(({ name }) => name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('a node that breaks one rule fails that rule and no other', async () => {
  const left = [...SINS];
  const found: Record<string, string[]> = {};
  const workOn = async () => {
    for (let sin = left.shift(); sin; sin = left.shift()) found[sin.breaks] = await findBrokenRules(sin);
  };
  await Promise.all([workOn(), workOn(), workOn(), workOn(), workOn()]);
  expect(found).toEqual(Object.fromEntries(SINS.map(({ breaks }) => [breaks, [breaks]])));
}, 240_000);
