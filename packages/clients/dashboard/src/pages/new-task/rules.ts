import type { FieldRule } from './task-fields';

declare const __TASK_FIELDS__: Partial<Record<string, FieldRule>>;

/** Of docs/openapi.json (vite.config.mts): default and limits of each field, by its path in the body. */
export const RULES = __TASK_FIELDS__;
