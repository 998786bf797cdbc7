// Written by `npm run docs`.
import { addCommands as alert } from './fleet/alert';
import { addCommands as audit } from './fleet/audit';
import { addCommands as deadLetter } from './fleet/dead-letter';
import { addCommands as events } from './fleet/events';
import { addCommands as exclusion } from './fleet/exclusion';
import { addCommands as freeze } from './fleet/freeze';
import { addCommands as key } from './fleet/key';
import { addCommands as limit } from './fleet/limit';
import { addCommands as method } from './fleet/method';
import { addCommands as node } from './fleet/node';
import { addCommands as silence } from './fleet/silence';
import { addCommands as statistics } from './fleet/statistics';
import { addCommands as top } from './fleet/top';
import { addCommands as webhook } from './fleet/webhook';
import { addCommands as backup } from './local/backup';
import { addCommands as completion } from './local/completion';
import { addCommands as conformance } from './local/conformance';
import { addCommands as doctor } from './local/doctor';
import { addCommands as restore } from './local/restore';
import { addCommands as findings } from './tasks/findings';
import { addCommands as hosts } from './tasks/hosts';
import { addCommands as results } from './tasks/results';
import { addCommands as schedule } from './tasks/schedule';
import { addCommands as subtask } from './tasks/subtask';
import { addCommands as target } from './tasks/target';
import { addCommands as task } from './tasks/task';

/** Each adds its commands to the program, in the order of the help. */
export const COMMANDS = [
  findings,
  hosts,
  results,
  schedule,
  subtask,
  target,
  task,
  alert,
  audit,
  deadLetter,
  events,
  exclusion,
  freeze,
  key,
  limit,
  method,
  node,
  silence,
  statistics,
  top,
  webhook,
  backup,
  completion,
  conformance,
  doctor,
  restore,
];
