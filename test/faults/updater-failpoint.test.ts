import { MOST_MS, type Rig, startRig } from './rig/rig';

let rig: Rig;

const DEATHS = 3;

beforeAll(async () => {
  rig = await startRig({
    nodes: 2,
    serviceEnvironment: { 'state-updater': { FAILPOINT: 'after_commit_before_ack:0.4' } },
  });
}, MOST_MS);

afterAll(() => rig?.stop(), MOST_MS);

it(
  'F1: an updater that dies between commit and ack, many times, moves no counter twice',
  async () => {
    const total = 400;
    const { task_id, watch } = await rig.begin({ task_target: '127.70.0.1-127.70.1.144' }, { recorded: true });
    const countDeaths = () => rig.countKills('state-updater');
    let sent = 0;
    const sendNext = async (count: number) => {
      const indexes = Array.from({ length: count }, (_, i) => sent + i);
      sent += count;
      // A new process takes one envelope at a time first, and dies at two of five: more envelopes would take minutes.
      await rig.recorder.send(rig.recorder.toUpdates(task_id, indexes), { perEnvelope: 20 });
    };
    while (countDeaths() < DEATHS && sent < total) {
      await sendNext(20);
      await watch.waitFor(({ counts }) => counts.completed_count >= sent);
    }
    if (sent < total) await sendNext(total - sent);
    const report = await rig.verify();
    expect(report).toMatchObject({ violations: [], lost: 0, double_counted: 0 });
    expect(report.confirmed).toBe(2 * total);
    expect(countDeaths()).toBeGreaterThanOrEqual(DEATHS);
  },
  MOST_MS,
);
