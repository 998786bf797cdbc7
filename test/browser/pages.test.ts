/** What people see and do on the pages: one system and one browser for all of them. */
import { testAlerts } from './pages/alerts';
import { type PagesBed, startPagesBed } from './pages/bed';
import { testDeadLetters } from './pages/dead-letters';
import { testEveryPage } from './pages/every-page';
import { testSessions } from './pages/sessions';
import { testTasks } from './pages/tasks';

let bed: PagesBed;
beforeAll(async () => {
  bed = await startPagesBed();
});
afterEach(() => bed?.browser.closePages());
afterAll(() => bed?.close());

const toBed = () => bed;
testEveryPage(toBed);
testAlerts(toBed);
testTasks(toBed);
testSessions(toBed);
// The last: they take away the dead letter and the alert that the others read.
testDeadLetters(toBed);
