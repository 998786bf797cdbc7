import type { SubTask } from '@cyberstroll/contracts';

/** Several lists of subtasks, each in index order, as one. A subtask that moves from one list to another comes once. */
export async function* mergeByIndex(lists: readonly AsyncGenerator<SubTask>[]): AsyncGenerator<SubTask> {
  const heads = await Promise.all(lists.map((list) => list.next()));
  let last = -1;
  for (;;) {
    let least: number | undefined;
    for (const [at, head] of heads.entries()) {
      if (!head.done && (least === undefined || head.value.index < heads[least]!.value.index)) least = at;
    }
    if (least === undefined) return;
    const subTask = heads[least]!.value as SubTask;
    if (subTask.index > last) yield subTask;
    last = subTask.index;
    heads[least] = await lists[least]!.next();
  }
}
