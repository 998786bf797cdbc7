import {
  compileReader,
  describeFaults,
  type Heartbeat,
  type Node,
  type NodeStatus,
  sentHeartbeatSchema,
} from '@cyberstroll/contracts';

const readHeartbeat = compileReader(sentHeartbeatSchema);

/** What a heartbeat changes about its node. */
export interface HeartbeatChange {
  /** The new state of the node (`busy` counts as online), if it is not the state before. */
  changed?: 'online' | 'draining' | 'offline';
  /** The node has a new process, and the one before did not say goodbye: its subtasks are lost. */
  restarted: boolean;
  /** What the history of the node has of it. */
  event?: 'node_started' | 'node_restarted' | 'node_left' | 'node_back';
}

export function detectChange(
  heartbeat: Pick<Heartbeat, 'status' | 'instance_id'>,
  before: Pick<Node, 'status' | 'instance_id' | 'said_goodbye'> | undefined,
): HeartbeatChange {
  const state = toState(heartbeat.status);
  const event = toEvent(heartbeat, before);
  return {
    ...(!before || toState(before.status) !== state ? { changed: state } : {}),
    restarted: before !== undefined && before.instance_id !== heartbeat.instance_id && !before.said_goodbye,
    ...(event && { event }),
  };
}

function toEvent(
  { status, instance_id }: Pick<Heartbeat, 'status' | 'instance_id'>,
  before: Pick<Node, 'status' | 'instance_id' | 'said_goodbye'> | undefined,
): HeartbeatChange['event'] {
  if (status === 'offline') return before?.said_goodbye ? undefined : 'node_left';
  if (!before || before.said_goodbye) return 'node_started';
  if (before.status === 'offline') return 'node_back';
  return before.instance_id === instance_id ? undefined : 'node_restarted';
}

const toState = (status: NodeStatus) => (status === 'busy' ? 'online' : status);

/** The heartbeat with its defaults, or every problem in it, each with the name of its field. */
export function parseHeartbeat(body: unknown): { heartbeat: Heartbeat } | { problem: string } {
  const parsed = readHeartbeat(body);
  return parsed.success ? { heartbeat: parsed.data } : { problem: describeFaults(parsed.error, [], 'heartbeat') };
}
