import { setTimeout as delay } from 'node:timers/promises';
import { type Rig, startRig } from '../rig/rig';
import type { SetUp } from './plan';

/** A rig for the nemesis: with all queues there, for as long as RabbitMQ 3.10 takes to write that down. */
export async function startWarm(setUp: SetUp): Promise<Rig> {
  const rig = await startRig({
    ownEngines: true,
    scanMs: 700,
    keepUpdates: true,
    scanned: 512,
    brokerNodes: setUp === 'rabbitmq-cluster' ? 3 : 0,
  });
  await rig.begin({ task_target: '127.100.0.1-200' });
  const recorded = await rig.begin({ task_target: '127.100.1.1-2' }, { recorded: true });
  await rig.recorder.send(rig.recorder.toUpdates(recorded.task_id, [0, 1]));
  const { violations } = await rig.verify();
  if (violations.length > 0) throw new Error(`the warm-up: ${JSON.stringify(violations[0])}`);
  // It takes half a second.
  await delay(5_000);
  return rig;
}
