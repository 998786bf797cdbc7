import { toFirstTexts, toScheduleBody, toScheduleCliText, toScheduleField } from './schedule-form';

const template = { name: 'nightly', task_target: '10.0.0.1', task_initiator: 'otto', scan: { ports: '80' } };
const texts = { ...toFirstTexts(), time_zone: 'UTC', jitter: '60', alert_ports: '80', catch_up: 'soon' };

it('a schedule has what is filled in, numbers as numbers, and the task as its template', () => {
  expect(toScheduleBody(texts, template)).toEqual({
    name: 'nightly',
    template,
    cron: '30 2 * * *',
    time_zone: 'UTC',
    overlap: 'skip',
    jitter: 60,
    catch_up: 'soon',
    alert: { ports: '80' },
  });
  expect(toScheduleCliText(texts, 'nightly', ['10.0.0.1', '--ports 80'])).toBe(
    "cyberstroll schedule create nightly 10.0.0.1 --ports 80 --cron '30 2 * * *' --time-zone UTC --overlap skip " +
      '--jitter 60 --catch-up soon --alert-ports 80',
  );
});

it('what the API says of a field of the template is about the task', () => {
  expect(['template.scan.ports', 'name', 'cron', 'alert.ports'].map(toScheduleField)).toEqual([
    { ofTask: 'scan.ports' },
    { ofTask: 'name' },
    { own: 'cron' },
    { own: 'alert_ports' },
  ]);
});
