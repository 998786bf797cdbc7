import type { StackDescription } from './start-stack';

/** What a user needs to work with a running stack, as lines. */
export function renderStack(stack: StackDescription, stackFile: string): string {
  return [
    `Dashboard  ${stack.dashboard_url}`,
    `API key    ${stack.api_key}   (to log in; Authorization: Bearer <key>)`,
    `API        ${stack.api_url}/api`,
    `WebSocket  ${stack.ws_url}/ws/tasks/{task_id}/progress`,
    'Health',
    ...stack.services.map(({ instance, health_url }) => `  ${instance.padEnd(20)} ${health_url}`),
    `All of it: ${stackFile}`,
  ].join('\n');
}
