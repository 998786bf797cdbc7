import type { ErrorEntry } from './error-kinds';

/**
 * The `code` of a problem: how the HTTP API, the WebSocket upgrade and the health paths refuse a request. One table,
 * however long: whoever meets a code looks it up here.
 */
export const REQUEST_ERRORS = {
  alert_not_found: {
    kind: 'missing',
    text: 'there is no such alert',
    when: 'no alert has this id, or the alert has ended and expired',
    todo: 'list the alerts and use an id from there',
  },
  backlog_full: {
    kind: 'overloaded',
    text: 'no new task is accepted now',
    when: 'more state updates wait than MAX_BACKLOG, or they wait for longer than MAX_UPDATE_LAG seconds',
    todo: 'send the request again after Retry-After; if it lasts, start more state-updaters',
  },
  bad_handshake: {
    kind: 'invalid',
    text: 'the WebSocket handshake is not valid',
    when: 'a header of the upgrade is missing or wrong (RFC 6455, 4.2)',
    todo: 'connect with a WebSocket library',
  },
  bad_request: {
    kind: 'invalid',
    text: 'the request cannot be read',
    when: 'it is not valid HTTP/1.1, has no Host header or several, or its body does not decode',
    todo: 'correct the request; a proxy in front may have changed it',
  },
  body_too_large: {
    kind: 'invalid',
    status: 413,
    text: 'the body is too large',
    when: 'it is longer than `limit` bytes, or its chunk extensions are longer than 16 KiB',
    todo: 'send less in one request, for example ranges instead of single addresses',
  },
  cross_site_request: {
    kind: 'forbidden',
    text: 'a session cookie does not allow this from another site',
    when:
      'a command has neither `Sec-Fetch-Site: same-origin` nor the Origin of this host, or a WebSocket has another ' +
      'Origin or none',
    todo:
      'use a page of this host, or an API key; behind a proxy, set TRUST_PROXY, and let it pass Host and ' +
      'X-Forwarded-Proto',
  },
  dead_letter_not_found: {
    kind: 'missing',
    text: 'there is no such dead letter',
    when: 'no dead letter has this id, or it has expired',
    todo: 'list the dead letters and use an id from there',
  },
  draining: {
    kind: 'transient',
    text: 'this replica is stopping',
    when: 'it got SIGTERM and finishes the requests that it has',
    todo: 'send the request again; a load balancer sends it to another replica',
  },
  document_unreadable: {
    kind: 'conflict',
    text: 'what is stored under this id cannot be read',
    when: 'a program other than the services has written it, or a later release; the alert `document_unreadable` names it',
    todo: 'remove it by its DELETE operation, and make it again',
  },
  exclusion_not_found: {
    kind: 'missing',
    text: 'there is no such exclusion',
    when: 'no exclusion has this id, it was deleted 90 days after it ended, or it is outside the networks of the API key',
    todo: 'list the exclusions and use an id from there',
  },
  expectation_failed: {
    kind: 'invalid',
    status: 417,
    text: 'the header Expect has an unknown value',
    when: 'it is not 100-continue',
    todo: 'leave the header out',
  },
  exports_busy: {
    kind: 'transient',
    text: 'too many exports are under way',
    when: 'a replica sends eight streams of tasks, results, differences or the audit log at a time',
    todo: 'send the request again after Retry-After: another replica may have a place (`curl --retry 20` waits for it)',
  },
  forbidden: {
    kind: 'forbidden',
    text: 'the API key does not allow this',
    when: 'a viewer sends a command, an operator a request for admins, or a key with networks a request about all of them',
    todo: 'use a key with the role that the error names, or one without networks',
  },
  freeze_not_found: {
    kind: 'missing',
    text: 'there is no such freeze or blackout',
    when: 'none has this id, it is over, or it was lifted',
    todo: 'list the freezes and use an id from there',
  },
  grid_busy: {
    kind: 'transient',
    text: 'too many grids are being read',
    when: 'a replica reads two grids at a time, and this one waited for 3 seconds; or the blocks of a large task are being counted',
    todo: 'send the request again after Retry-After',
  },
  grid_too_large: {
    kind: 'invalid',
    status: 422,
    text: 'the cells cannot be counted at once',
    when:
      'the subtasks of the window, or of the task if its order is permuted, were not read within 4 seconds: millions ' +
      'are open',
    todo:
      'ask for a smaller window: 65,536 addresses are always read (per=1, or per=256 with count=256), and so are ' +
      'cells by index (by=index)',
  },
  headers_too_large: {
    kind: 'invalid',
    status: 431,
    text: 'the request line and the headers are larger than 16 KiB',
    when: 'cookies or a long query string make them larger',
    todo: 'send fewer and shorter headers',
  },
  host_not_found: {
    kind: 'missing',
    text: 'there is no such host',
    when: 'no scan of this address has found anything, or it is outside the networks of the API key',
    todo: 'list the hosts and use an address from there',
  },
  idempotency_key_in_use: {
    kind: 'conflict',
    text: 'a request with this Idempotency-Key is being carried out',
    when: 'equal requests come at the same time, and the first of them takes longer than the others wait',
    todo: 'send the request again after Retry-After seconds, with the same key: it gets the answer of the first one',
  },
  idempotency_key_reused: {
    kind: 'conflict',
    status: 422,
    text: 'this Idempotency-Key was used for another request',
    when: 'the same caller sent the key with another path or another body in the last 24 hours',
    todo: 'use a new key for each new request',
  },
  illegal_transition: {
    kind: 'conflict',
    text: 'the present status does not allow this',
    when:
      'a command does not fit the status of the task, subtask, alert or API key; or an update reports a status that ' +
      'no transition leads to',
    todo:
      'HTTP: read the status, and choose from `allowed`. Dead letter: discard it if the subtask is right; a node ' +
      'that sends it again has a bug',
  },
  invalid_body: {
    kind: 'invalid',
    status: 422,
    text: 'the body is not valid',
    when: 'a field is missing, unknown or out of its limits; `errors` lists every field',
    todo: 'correct the fields that `errors` lists',
  },
  invalid_header: {
    kind: 'invalid',
    text: 'a header is not valid',
    when: 'the Idempotency-Key is not 1 to 100 visible ASCII characters, or If-Match is not one ETag',
    todo: 'correct the header that `field` names',
  },
  invalid_query: {
    kind: 'invalid',
    text: 'the query string is not valid',
    when: 'a parameter is unknown or out of its limits; `errors` lists every parameter',
    todo: 'correct the parameters that `errors` lists',
  },
  invalid_options: {
    kind: 'invalid',
    status: 422,
    text: 'the options do not suit the scan method',
    when: 'an admin has set a JSON Schema for the options of the method, and these are not valid by it',
    todo: 'correct the field; GET /api/methods has the schema',
  },
  invalid_targets: {
    kind: 'invalid',
    status: 422,
    text: 'the targets are not valid',
    when:
      'an entry of task_target, exclude_target or target is not an address, range or network, or there are more ' +
      'targets than the limit',
    todo: 'correct the entry that `entry` shows; `reason` says what is wrong with it',
  },
  key_name_taken: {
    kind: 'conflict',
    text: 'another API key has this name',
    when: 'a key that is not revoked, or one of API_KEYS, has it',
    todo: 'choose another name, or revoke the other key first',
  },
  key_not_found: {
    kind: 'missing',
    text: 'there is no such API key',
    when: 'no key has this id, or it was deleted 90 days after it was revoked; keys of API_KEYS have no id',
    todo: 'list the keys and use an id from there',
  },
  limit_not_found: {
    kind: 'missing',
    text: 'there is no such limit',
    when: 'no limit has this id, or it was removed, or it is not on a network inside those of the API key',
    todo: 'list the limits and use an id from there',
  },
  limit_without_numbers: {
    kind: 'invalid',
    text: 'a limit needs at least one number',
    when: 'a change would leave a limit without any number',
    todo: 'give another number, or remove the limit',
  },
  malformed_json: {
    kind: 'invalid',
    text: 'the body is not valid JSON',
    when: 'it does not parse, or is not UTF-8',
    todo: 'correct the JSON at the position that the error names',
  },
  method_not_allowed: {
    kind: 'invalid',
    status: 405,
    text: 'this path does not have this method',
    when: 'the path exists for other methods',
    todo: 'use a method of the header Allow',
  },
  no_answer_in_time: {
    kind: 'transient',
    text: 'a dependency did not answer in time',
    when: 'RabbitMQ, MongoDB or Redis hangs',
    todo: 'send the request again, with the same Idempotency-Key; then look at the health of the backing services',
  },
  node_alive: {
    kind: 'conflict',
    text: 'the node is alive',
    when: 'a node is to be removed that is not offline, or that was lost less than a minute ago',
    todo: 'stop the node, or wait until it is offline for a minute',
  },
  node_not_found: {
    kind: 'missing',
    text: 'there is no such node',
    when: 'no node with this id sent a heartbeat within 30 days, or it was removed',
    todo: 'list the nodes and use an id from there',
  },
  operation_not_found: {
    kind: 'missing',
    text: 'there is no such operation',
    when: 'no operation has this id, or it has expired (30 days)',
    todo: 'list the operations and use an id from there',
  },
  operation_overruled: {
    kind: 'conflict',
    text: 'a pause or a cancel that was sent later names this task',
    when: 'an operation on many tasks would resume or retry a task that a later operation stops',
    todo: 'send the resume or the retry again if the task is to run',
  },
  origin_not_allowed: {
    kind: 'forbidden',
    text: 'pages of this origin may not connect',
    when: 'the header Origin is neither the origin of this host nor in ALLOWED_ORIGINS',
    todo: 'add the origin to ALLOWED_ORIGINS if it is the origin of your page',
  },
  nothing_to_scan: {
    kind: 'conflict',
    text: 'the task has no such addresses',
    when:
      'a task is created `from_task` with `only`, and no address of that task is FAILED or TIMEOUT, has an open port, ' +
      'or was lost to an exclusion',
    todo: 'leave `only` out to scan all of its targets again',
  },
  out_of_scope: {
    kind: 'invalid',
    status: 422,
    text: 'a target is outside the scope',
    when: 'it is outside SCAN_SCOPE, or outside the networks of the API key; the first target outside is in `entry`',
    todo: 'leave the target out, or let an administrator widen SCAN_SCOPE or give you a key with other networks',
  },
  rate_limited: {
    kind: 'overloaded',
    text: 'too many requests',
    when: 'one API key, or one address without a valid key, sent more than its limit in a minute; each 4,096 bytes of a body count as one more request',
    todo: 'wait for Retry-After seconds, then send fewer requests, or smaller ones',
  },
  rule_of_admin: {
    kind: 'forbidden',
    text: 'an admin set this rule',
    when: 'a key with networks changes, replaces, deletes or lifts a limit, a freeze, an exclusion or a list of level `admin`',
    todo: 'ask the admin that the error names, or use a key without networks',
  },
  request_timeout: {
    kind: 'invalid',
    status: 408,
    text: 'the request did not arrive in time',
    when: 'headers and body were not complete within 10 seconds',
    todo: 'send headers and body at once',
  },
  retry_pending: {
    kind: 'conflict',
    text: 'another retry of this task is being carried out',
    when: 'a selection is retried before the retries of an earlier request have arrived',
    todo: 'send the request again in a moment',
  },
  route_not_found: {
    kind: 'missing',
    text: 'there is nothing at this path',
    when: 'no route has this path',
    todo: 'compare the path with the list of routes in the README of the service',
  },
  schedule_not_found: {
    kind: 'missing',
    text: 'there is no such schedule',
    when: 'no schedule has this id, or it lies outside the networks of the API key',
    todo: 'list the schedules and use an id from there',
  },
  silence_not_found: {
    kind: 'missing',
    text: 'there is no such silence',
    when: 'none has this id, or it has ended',
    todo: 'list the silences and use an id from there',
  },
  subtask_not_found: {
    kind: 'missing',
    text: 'there is no such subtask',
    when: 'the id is not `{task_id}-{index}` with the index of a target of this task',
    todo: 'list the subtasks of the task and use an id from there',
  },
  targets_excluded: {
    kind: 'invalid',
    status: 422,
    text: 'every target is excluded',
    when: 'exclusions that are in force cover all targets of a new task; `entry` is the first of them',
    todo: 'scan something else, or let an operator lift the exclusions',
  },
  task_ended: {
    kind: 'conflict',
    text: 'the task has ended and accepts no more targets',
    when: 'targets are added to a task with a final status',
    todo: 'create a new task',
  },
  task_not_ended: {
    kind: 'conflict',
    text: 'the task has not ended',
    when: 'a task that is CREATED, QUEUED, RUNNING or PAUSED is to be deleted',
    todo: 'cancel the task first',
  },
  task_not_found: {
    kind: 'missing',
    text: 'there is no such task',
    when: 'no task has this id, or it was deleted after its retention',
    todo: 'list the tasks and use an id from there',
  },
  too_many_labels: {
    kind: 'conflict',
    text: 'a task has 20 labels at most',
    when: 'an operation on many tasks adds labels to a task that has too many then',
    todo: 'remove labels of that task',
  },
  too_many_connections: {
    kind: 'overloaded',
    text: 'too many WebSockets or event streams',
    when: 'one address or one API key has its limit of connections (429), or the replica has (WebSockets: 503)',
    todo: 'close unused connections; if the replica is full, connect again or start more replicas',
  },
  too_many_exports: {
    kind: 'overloaded',
    text: 'this API key has two exports under way',
    when: 'a stream of tasks, results, differences or the audit log is asked for while a replica sends two with the same API key',
    todo: 'wait until one of them has ended, or end it',
  },
  scan_method_not_found: {
    kind: 'missing',
    text: 'there is no such scan method',
    when: 'no options are set for a method of this name',
    todo: 'list the methods and use a name from there',
  },
  too_many_methods: {
    kind: 'conflict',
    text: 'there are too many scan methods',
    when: '100 methods have a schema',
    todo: 'delete those that no node has any more',
  },
  too_many_webhooks: {
    kind: 'conflict',
    text: 'there are too many webhooks',
    when: '100 webhooks exist',
    todo: 'delete those that are not needed, or let one receiver get more kinds of changes',
  },
  webhook_not_found: {
    kind: 'missing',
    text: 'there is no such webhook',
    when: 'none has this id',
    todo: 'list the webhooks and use an id from there',
  },
  too_many_silences: {
    kind: 'conflict',
    text: 'there are too many silences',
    when: '200 silences have not ended',
    todo: 'end those that are not needed, or silence whole rules instead of single subjects',
  },
  too_many_freezes: {
    kind: 'conflict',
    text: 'there are too many freezes and blackouts',
    when: '1,000 freezes and blackouts are not over, or the share of the key is used up: a tenth is for keys with the role admin, and a key with networks may have a quarter',
    todo: 'lift those that are not needed, or cover more by one of them',
  },
  too_many_limits: {
    kind: 'conflict',
    text: 'there are too many limits',
    when: '1,000 limits exist, or the share of the key is used up: a tenth is for keys with the role admin, and a key with networks may have a quarter',
    todo: 'remove limits that are not needed',
  },
  too_many_exclusions: {
    kind: 'conflict',
    text: 'there are too many exclusions',
    when: '1,000 exclusions, or lists with 100,000 entries, have not ended; or the share of the key is used: a tenth is for admins, a key with networks may have a quarter',
    todo: 'exclude a network instead of single addresses, or lift what is no longer needed',
  },
  too_many_keys: {
    kind: 'conflict',
    text: 'there are too many API keys',
    when: '1,000 keys are not revoked',
    todo: 'revoke keys that are not used: `last_used_time` shows them',
  },
  unauthorised: {
    kind: 'unauthorised',
    text: 'a valid API key, session or ticket is required',
    when:
      'the key is missing, unknown, revoked or expired, the session has ended, or the ticket was used before, has ' +
      'expired or belongs to another task',
    todo:
      'send Authorization: Bearer <key>, log in again (POST /api/session), or make a new ticket (POST ' +
      '/api/tasks/{task_id}/ticket)',
  },
  unavailable: {
    kind: 'transient',
    text: 'a dependency is unavailable',
    when: 'MongoDB or Redis does not answer an upgrade',
    todo: 'connect again in a few seconds',
  },
  unsupported_media_type: {
    kind: 'invalid',
    status: 415,
    text: 'the body must be application/json in UTF-8',
    when: 'Content-Type or Content-Encoding names something else',
    todo: 'send Content-Type: application/json, and gzip, deflate, br or no Content-Encoding',
  },
  upgrade_required: {
    kind: 'invalid',
    status: 426,
    text: 'this path is a WebSocket endpoint',
    when: 'a plain HTTP request, or an upgrade to another version, asks for it',
    todo: 'connect with a WebSocket client (ws:// or wss://), version 13',
  },
  version_changed: {
    kind: 'conflict',
    status: 412,
    text: 'it has another version than If-Match names',
    when: 'the task or the schedule has changed since its ETag was read',
    todo: 'read it again, and decide again',
  },
} as const satisfies Record<string, ErrorEntry>;
