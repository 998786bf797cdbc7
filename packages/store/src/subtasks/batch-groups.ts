import { type IncomingUpdate, locateSubTask, type UpdateResult } from '@cyberstroll/task-state';
import type { mongo } from 'mongoose';
import { toSubTaskObjectId } from '../mongodb/models/subtask-object-id';

/** The updates of one subtask in a batch. */
export interface SubTaskGroup {
  subTaskId: string;
  taskId: string;
  index: number;
  _id: mongo.ObjectId;
  /** The positions of its updates in the batch. */
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
  updates.forEach(({ update }, place) => {
    const located = locateSubTask(update);
    if ('refusal' in located) {
      refused.set(place, located.refusal);
      return;
    }
    const { place: id } = located;
    const group = groups.get(update.subtask_id);
    if (group) group.places.push(place);
    else {
      const _id = toSubTaskObjectId(id.taskId, Math.min(id.index, MAX_INDEX));
      groups.set(update.subtask_id, { subTaskId: update.subtask_id, ...id, _id, places: [place] });
    }
  });
  return { groups: [...groups.values()], refused };
}

export const updatesOf = ({ places }: SubTaskGroup, updates: readonly IncomingUpdate[]): IncomingUpdate[] =>
  places.map((place) => updates[place]!);
