/** Loaded before a service of the rig: its publishes are recorded in a file of the process's own. */
import { join } from 'node:path';
import { recordPublishes } from './record-publishes';

recordPublishes(join(process.env['PUBLISH_RECORDS']!, `${process.env['INSTANCE_ID']}-${process.pid}.jsonl`));
