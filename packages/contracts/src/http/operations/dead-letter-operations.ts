import { deadLetterRecordSchema } from '../../documents/dead-letter';
import {
  deadLetterSummarySchema,
  discardDeadLettersBodySchema,
  discardOutcomeSchema,
  listDeadLettersQuerySchema,
  replayDeadLettersBodySchema,
  replayOutcomeSchema,
} from '../fleet/dead-letter';
import { type Operation, pageOf } from '../openapi/operation';

/** The operations of the tag `dead letters`. */
export const DEAD_LETTER_OPERATIONS = {
  listDeadLetters: {
    method: 'GET',
    path: '/api/dead-letters',
    tag: 'dead letters',
    summary: 'List dead letters, newest first, without their content',
    role: 'viewer',
    networks: 'refused',
    query: listDeadLettersQuerySchema,
    answers: { 200: { when: 'A page of dead letters', body: pageOf(deadLetterSummarySchema) } },
    problems: [],
  },
  replayDeadLetters: {
    method: 'POST',
    path: '/api/dead-letters/replay',
    tag: 'dead letters',
    summary: 'Send dead letters back to where they came from',
    role: 'operator',
    networks: 'refused',
    body: replayDeadLettersBodySchema,
    examples: { 'one reason': { filter: { reason: 'unknown_task' }, dry_run: true } },
    answers: { 200: { when: 'What was sent, and what was not', body: replayOutcomeSchema } },
    problems: [],
  },
  discardDeadLetters: {
    method: 'POST',
    path: '/api/dead-letters/discard',
    tag: 'dead letters',
    summary: 'Remove dead letters from lists and replays',
    role: 'admin',
    networks: 'refused',
    body: discardDeadLettersBodySchema,
    examples: { 'old ones': { filter: { before: '2026-01-01T00:00:00Z' }, dry_run: true } },
    answers: { 200: { when: 'What was discarded, and what was not', body: discardOutcomeSchema } },
    problems: [],
  },
  getDeadLetter: {
    method: 'GET',
    path: '/api/dead-letters/{dead_letter_id}',
    tag: 'dead letters',
    summary: 'Read a dead letter with its content',
    role: 'viewer',
    networks: 'refused',
    answers: { 200: { when: 'The dead letter', body: deadLetterRecordSchema } },
    problems: ['dead_letter_not_found'],
  },
} as const satisfies Record<string, Operation>;
