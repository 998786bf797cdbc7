/** An answer, sent as JSON. `status` is by default the only one of the operation, or 200. */
export interface Answer<Body = unknown> {
  status?: number;
  location?: string;
  /** Of the task: its `ETag`. */
  version?: number;
  /** What a command changed, for the audit log. */
  change?: { subject?: string; before?: string; after?: string };
  body: Body;
}
