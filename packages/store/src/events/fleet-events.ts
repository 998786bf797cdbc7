/**
 * What happened to tasks, nodes and freezes, for the charts of the same time. Tasks say themselves when they began and
 * ended. What nodes and freezes did is in `fleet_events`, for some weeks: a node has no history of its own, and a
 * freeze that is over is deleted.
 */
import type { FleetEvent, FleetEvents, Freeze, ListFleetEventsQuery, Task } from '@cyberstroll/contracts';
import { NOT_DELETING } from '../counters/read-counters';
import type { Database } from '../mongodb/models/database';
import { WITHOUT_ID } from '../mongodb/models/fields';

/** Events of an answer that were read by one index, at most. */
const MOST = 500;
/** Characters of targets that stand for a name. */
const MAX_NAME = 60;

type NodeEvent = Pick<FleetEvent, 'time' | 'subject' | 'detail'> & { kind: `node_${string}` & FleetEvent['kind'] };
type FreezeFacts = Pick<Freeze, 'freeze_id' | 'from' | 'until' | 'reason'>;

export function createFleetEvents(db: Database) {
  /** The same event is written once, and one of a freeze may be moved. */
  async function put({ subject, kind, ...event }: FleetEvent, ofTime: string): Promise<void> {
    await db.fleetEvents.updateOne(
      { _id: `${subject} ${kind} ${ofTime}` },
      { $set: { subject, kind, ...event } },
      { upsert: true },
    );
  }
  const putEnd = ({ freeze_id: subject, reason: detail }: FreezeFacts, time: Date) =>
    put({ subject, kind: 'freeze_ended', time, detail }, '');

  return {
    noteNode: (event: NodeEvent): Promise<void> => put(event, String(event.time.getTime())),
    /** Its beginning, and its end, which may be to come. */
    async noteFreeze(freeze: FreezeFacts): Promise<void> {
      const { freeze_id: subject, from: time, until, reason: detail } = freeze;
      await put({ subject, kind: 'freeze_began', time, detail }, '');
      if (until) await putEnd(freeze, until);
    },
    /** It ends now. One that had not begun never does. */
    async noteLifted(freeze: FreezeFacts, now: Date): Promise<void> {
      if (freeze.from <= now) await putEnd(freeze, now);
      else await db.fleetEvents.deleteMany({ subject: freeze.freeze_id });
    },
    /** The oldest first. Of more than are read by an index the newest, and the others from the same time on. */
    async find({ minutes, node_id }: ListFleetEventsQuery, now: Date): Promise<FleetEvents> {
      const since = new Date(now.getTime() - minutes * 60_000);
      const time = { $gt: since, $lte: now };
      const ofFleet = db.fleetEvents
        .find<FleetEvent>({ ...(node_id !== undefined && { subject: node_id }), time }, WITHOUT_ID)
        .sort({ time: -1 })
        .limit(MOST + 1)
        .toArray();
      const read = await Promise.all([
        ofFleet,
        ...(node_id === undefined
          ? [findTasks('started_time', time), findTasks('completed_time', time)]
          : ([] as Promise<FleetEvent[]>[])),
      ]);
      const cuts = read.flatMap((events) => (events.length > MOST ? [events[MOST - 1]!.time] : []));
      const complete_since = new Date(Math.max(since.getTime(), ...cuts.map((cut) => cut.getTime())));
      const items = read
        .flatMap((events) => events.slice(0, MOST))
        .filter((event) => event.time >= complete_since)
        .sort((one, other) => one.time.getTime() - other.time.getTime());
      return { complete_since, items };
    },
  };

  async function findTasks(field: 'started_time' | 'completed_time', time: object): Promise<FleetEvent[]> {
    const projection = {
      _id: 0,
      task_id: 1,
      status: 1,
      [field]: 1,
      name: { $ifNull: ['$name', { $substrCP: ['$task_target', 0, MAX_NAME] }] },
    };
    const found = await db.tasks
      .find<Pick<Task, 'task_id' | 'name' | 'status'> & Record<typeof field, Date>>(
        { [field]: time, ...NOT_DELETING },
        { projection },
      )
      .sort({ [field]: -1 })
      .limit(MOST + 1)
      .toArray();
    return found.map(({ task_id: subject, name, status, ...task }) => ({
      time: task[field],
      kind: field === 'started_time' ? 'task_began' : 'task_ended',
      subject,
      ...(name !== undefined && { name }),
      ...(field === 'completed_time' && { status }),
    }));
  }
}
