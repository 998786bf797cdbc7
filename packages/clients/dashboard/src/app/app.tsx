import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { resumeSession, session } from '../api/session';
import { navigate, path } from '../browser/navigation';
import { assign } from '../components/input';
import { ErrorNotice } from '../components/notice';
import { LoginPage } from './login-page';
import { Shell } from './shell';

/** The page to log in, or what was asked for. */
export function App() {
  const fault = useSignal<unknown>(undefined);
  useEffect(() => {
    resumeSession().catch((error: unknown) => assign(fault, error));
  }, []);
  const isLoggedIn = session.value != null;
  useEffect(() => {
    if (isLoggedIn && path.value === '/login') navigate('/', { replace: true });
  }, [isLoggedIn]);

  if (session.value === null) return <LoginPage />;
  if (session.value) return <Shell />;
  return fault.value === undefined ? null : <ErrorNotice error={fault.value} onRetry={() => location.reload()} />;
}
