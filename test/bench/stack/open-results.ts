import type { StackDescription } from '@cyberstroll/local';
import { delay } from '@cyberstroll/runtime';
import { toAddressKey } from '@cyberstroll/targets';
import mongoose from 'mongoose';
import { createBenchApi } from './api';
import { insertCopies } from './insert-copies';
import { openOwnNode } from './own-node';

const LOOK_EVERY_MS = 50;
/** The first loopback address, as `toTargets` counts. */
const FIRST = 0x7f00_0000;

const toAddress = (index: number) => [24, 16, 8, 0].map((shift) => ((FIRST + index) >>> shift) & 255).join('.');

/** A task with `n` results: hosts with port 22 open, each with a banner, a thousand of them a second. */
export async function openResults(description: StackDescription, n: number): Promise<string> {
  const { signal } = new AbortController();
  const node = await openOwnNode({ api: createBenchApi(description), description, signal }, 'bench');
  const connection = await mongoose.createConnection(description.mongodb_uri).asPromise();
  try {
    const taskId = await node.openTask(n);
    const services = ['22/tcp ssh SSH-2.0-OpenSSH_9.6p1 Ubuntu-3'];
    await node.complete([{ task_id: taskId, index: 0, scan_result: { open_ports: [22], services, response_time: 1 } }]);
    const subTasks = connection.collection('subtasks');
    while (!(await subTasks.findOne({ task_id: taskId, index: 0 }))) await delay(LOOK_EVERY_MS);
    const now = Date.now();
    await insertCopies(connection, taskId, n, (index) => {
      const ip = toAddress(index);
      return { ip, address_key: toAddressKey(ip), completed_time: new Date(now - index) };
    });
    return taskId;
  } finally {
    await node.close();
    await connection.close();
  }
}
