import type { Heartbeat, Node, NodeStatus } from '@cyberstroll/contracts';

/** What a heartbeat changes, against what was known of its node. */
export interface HeartbeatVerdict {
  /** The node's state as others see it (`busy` is online), where it is another than before. */
  changed?: 'online' | 'draining' | 'offline';
  /** Its process before this one ended without a goodbye: what that held is lost. */
  restarted: boolean;
}

export function judgeHeartbeat(
  heartbeat: Pick<Heartbeat, 'status' | 'instance_id'>,
  before: Pick<Node, 'status' | 'instance_id' | 'said_goodbye'> | undefined,
): HeartbeatVerdict {
  const state = toState(heartbeat.status);
  return {
    ...(!before || toState(before.status) !== state ? { changed: state } : {}),
    restarted: before !== undefined && before.instance_id !== heartbeat.instance_id && !before.said_goodbye,
  };
}

const toState = (status: NodeStatus) => (status === 'busy' ? 'online' : status);
