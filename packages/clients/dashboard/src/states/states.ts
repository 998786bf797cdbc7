import type { SubTaskStatus, TaskStatus } from '@cyberstroll/state-machine';

/**
 * How a state looks: a colour (a CSS variable `--state-<tone>`) and a glyph, so that nobody needs the colour.
 * Whoever cannot see red and green as two colours sees them differ, too (after Okabe and Ito); red is for trouble only.
 */
interface Look {
  tone: 'idle' | 'waiting' | 'working' | 'good' | 'bad' | 'late' | 'again' | 'off';
  glyph: string;
}

/** In the order in which a subtask goes through them; the first is where one without a document is. */
export const SUBTASK_LOOKS: Record<SubTaskStatus, Look> = {
  PENDING: { tone: 'idle', glyph: '·' },
  ASSIGNED: { tone: 'waiting', glyph: '◔' },
  SCANNING: { tone: 'working', glyph: '◑' },
  COMPLETED: { tone: 'good', glyph: '✓' },
  FAILED: { tone: 'bad', glyph: '✕' },
  TIMEOUT: { tone: 'late', glyph: '◷' },
  RETRYING: { tone: 'again', glyph: '↻' },
  CANCELLED: { tone: 'off', glyph: '⊘' },
};

export const TASK_LOOKS: Record<TaskStatus, Look> = {
  CREATED: { tone: 'idle', glyph: '·' },
  QUEUED: { tone: 'waiting', glyph: '◔' },
  RUNNING: { tone: 'working', glyph: '◑' },
  PAUSED: { tone: 'again', glyph: '‖' },
  COMPLETED: { tone: 'good', glyph: '✓' },
  FAILED: { tone: 'bad', glyph: '✕' },
  CANCELLED: { tone: 'off', glyph: '⊘' },
  TIMEOUT: { tone: 'late', glyph: '◷' },
};

/** A silent node is missed: its heartbeats do not come, and it has not said goodbye. */
export type NodeStanding = 'online' | 'busy' | 'draining' | 'silent' | 'offline';

export const NODE_LOOKS: Record<NodeStanding, Look> = {
  online: { tone: 'good', glyph: '●' },
  busy: { tone: 'working', glyph: '◑' },
  draining: { tone: 'again', glyph: '↓' },
  silent: { tone: 'bad', glyph: '!' },
  offline: { tone: 'off', glyph: '⊘' },
};
export const NODE_STANDINGS = Object.keys(NODE_LOOKS) as NodeStanding[];

export type TaskCommand = 'pause' | 'resume' | 'cancel' | 'retry' | 'delete';

const COMMANDS: Record<TaskStatus, readonly TaskCommand[]> = {
  CREATED: ['cancel'],
  QUEUED: ['cancel'],
  RUNNING: ['pause', 'cancel', 'retry'],
  PAUSED: ['resume', 'cancel', 'retry'],
  COMPLETED: ['retry', 'delete'],
  FAILED: ['retry', 'delete'],
  CANCELLED: ['delete'],
  TIMEOUT: ['retry', 'delete'],
};

export const findCommands = (status: TaskStatus): readonly TaskCommand[] => COMMANDS[status];

export const hasEnded = (status: TaskStatus): boolean => COMMANDS[status].includes('delete');
