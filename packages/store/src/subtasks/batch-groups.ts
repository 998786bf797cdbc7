import { type IncomingUpdate, locateSubTask, type UpdateResult } from '@cyberstroll/task-state';
import type { mongo } from 'mongoose';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';

/** The updates of one subtask in a batch. */
export interface SubTaskGroup {
  subTaskId: string;
  taskId: string;
  index: number;
  _id: mongo.ObjectId;
  updates: IncomingUpdate[];
  /** Their positions in the batch. */
  places: number[];
}

export interface BatchGroups {
  groups: SubTaskGroup[];
  /** By the position of the update: those whose id belongs to another task. */
  refused: ReadonlyMap<number, UpdateResult>;
}

/** A higher index is in no target set, and does not fit in an `_id`. */
const MAX_INDEX = 0xffff_ffff;

export function groupBySubTask(updates: readonly IncomingUpdate[]): BatchGroups {
  const groups = new Map<string, SubTaskGroup>();
  const refused = new Map<number, UpdateResult>();
  updates.forEach((incoming, place) => {
    const { update } = incoming;
    const located = locateSubTask(update);
    if ('refusal' in located) {
      refused.set(place, located.refusal);
      return;
    }
    const { subtask_id: subTaskId } = update;
    const group = groups.get(subTaskId);
    if (group) {
      group.updates.push(incoming);
      group.places.push(place);
    } else {
      const { taskId, index } = located.place;
      const _id = toSubTaskObjectId(taskId, Math.min(index, MAX_INDEX));
      groups.set(subTaskId, { subTaskId, taskId, index, _id, updates: [incoming], places: [place] });
    }
  });
  return { groups: [...groups.values()], refused };
}
